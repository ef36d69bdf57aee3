// The page's own words. The bot's sentences come from the bot.

export const SENTENCES = {
  en: {
    skip: "Skip to the message box", playground: "playground", acting: "Acting as", clock: "Clock", hour: "+1 hour", day: "+1 day", month: "Next month", due: "Next digest",
    dark: "Dark", log: "Log", places: "Conversations", message: "Message or command", send: "Send", logname: "What happened", logfilter: "Show",
    home: "Home", home_note: "ccost's page about you; nobody else sees it", home_empty: "The bot has not drawn this page yet.", thread: "Thread", thread_message: "Message in the thread",
    reply: "Reply in thread", replies: "{n} in thread", close: "Close", optional: "optional", choose: "Choose …", find: "Find a person",
    guide1: "Type /ccost me and press Models or Share.", guide2: "Open Home, or act as Haruka, an admin.", guide3: "Set a budget: /ccost budget set me $50.", guide4: "Then start a story and see who is told.", guide_done: "Understood",
    only: "Only visible to you", edited: "edited", typed: "You typed", numbers: "Numbers", before: "Previous page", after: "Next page",
    page: "{from}–{to} of {of}", app: "APP", dm: "Direct message with the bot", members: "{n} people", shared: "shared with another company",
    private: "private", nobot: "the bot is not here", archived: "archived", unread: "new", moving: "Moving…", empty: "Nothing has been said here yet. Try /ccost me.",
    stopped: "The demo does not answer. Is “ccost demo” still running?", failed: "That did not work.", local: "local time",
    role_member: "", role_admin: "admin of ccost", role_guest: "guest", role_outsider: "of another company", role_unconfirmed: "e-mail not confirmed",
    about: "Everybody and every number here is invented. The bot is the real one.",
    down: "The bot is not running. Start it again under Stories.", nothing_due: "Nothing is due in the future.",
    log_all: "Everything", log_slack: "Slack", log_bot: "The bot", log_decision: "Decisions and reasons", log_by_slack: "Slack", log_by_bot: "bot", log_by_decision: "decided", log_empty: "Nothing of this kind yet.", log_dm: "the direct message with {name}",
    stories: "Stories", stories_note: "Let something happen, then look who is told.", telling: "One moment…",
    end_told: "Done: {story}.", end_no_usage: "This person does not use Claude Code. Act as somebody else.",
    story_push: "Push spend", story_push_why: "The person you act as spends $2,500 more today, which passes any sensible budget; the bot reads it at once.",
    story_restate: "Restate the day", story_restate_why: "The vendor shrinks today and yesterday to 40 %; the bot believes so large a loss once two readings an hour apart agree, so for today after midnight UTC.",
    story_source_down: "Usage API goes down", story_source_down_why: "The vendor turns every request away until you bring it back; the bot tries at once. Its answers, Home and /ccost settings status (as an admin) then say how old the figures are.",
    story_source_up: "Usage API comes back", story_source_up_why: "The vendor answers again and the bot reads at once. Look at /ccost settings status as an admin.",
    story_garble: "Slack's answer is lost", story_garble_why: "The bot's next message arrives, but the connection breaks before the bot hears so.",
    story_slack_badly: "Slack answers badly", story_slack_badly_why: "The bot's next two messages are turned away as too fast (429), and the third fails (500); then Slack is well again. Cause a message (a digest, a broken budget) and read in the log, under decisions, why the bot waits, and why it does not blindly repeat what may have arrived.",
    story_kill: "Kill the bot", story_kill_why: "The bot stops dead as in a crash: nothing is finished, and only its database survives.",
    story_start: "Start the bot", story_start_why: "A new bot starts on the same database and goes on where the last one was stopped.",
  },
  ja: {
    skip: "入力欄へ移動", playground: "プレイグラウンド", acting: "この人として操作", clock: "時計", hour: "＋1時間", day: "＋1日", month: "翌月へ", due: "次の配信へ",
    dark: "ダーク", log: "ログ", places: "会話", message: "メッセージまたはコマンド", send: "送信", logname: "起きたこと", logfilter: "表示する内容",
    home: "ホーム", home_note: "あなたについての ccost のページです。ほかの人には見えません", home_empty: "ボットはまだこのページを表示していません。", thread: "スレッド", thread_message: "スレッドへのメッセージ",
    reply: "スレッドで返信", replies: "スレッドに{n}件", close: "閉じる", optional: "任意", choose: "選んでください…", find: "人を探す",
    guide1: "/ccost me と入力し、ボタンを押してみましょう。", guide2: "ホームを開くか、管理者の森さんとして操作します。", guide3: "予算を決めます：/ccost budget set me $50", guide4: "「できごと」を起こして、誰に届くか見ます。", guide_done: "わかりました",
    only: "あなただけに表示されています", edited: "編集済み", typed: "あなたの入力", numbers: "数値", before: "前のページ", after: "次のページ",
    page: "{of}件中 {from}–{to}件", app: "アプリ", dm: "ボットとのダイレクトメッセージ", members: "{n}人", shared: "他社と共有",
    private: "非公開", nobot: "ボットは参加していません", archived: "アーカイブ済み", unread: "新着", moving: "進めています…", empty: "まだ何もありません。/ccost me をお試しください。",
    stopped: "デモが応答しません。「ccost demo」は動いていますか？", failed: "うまくいきませんでした。", local: "現地時刻",
    role_member: "", role_admin: "ccost の管理者", role_guest: "ゲスト", role_outsider: "社外の人", role_unconfirmed: "メール未確認",
    about: "登場する人物と数値はすべて架空です。ボットは本物です。",
    down: "ボットは停止しています。「できごと」から起動できます。", nothing_due: "この先の予定はありません。",
    log_all: "すべて", log_slack: "Slack", log_bot: "ボット", log_decision: "判断と理由", log_by_slack: "Slack", log_by_bot: "ボット", log_by_decision: "判断", log_empty: "まだありません。", log_dm: "{name}さんとのダイレクトメッセージ",
    stories: "できごと", stories_note: "何かを起こして、誰に知らせが届くか見てみましょう。", telling: "お待ちください…",
    end_told: "完了：{story}", end_no_usage: "この人は Claude Code を使っていません。別の人として操作してください。",
    story_push: "利用額を増やす", story_push_why: "操作中の人の今日の利用額が 2,500 ドル増え、どんな予算も超えます。ボットはすぐに読み取ります。",
    story_restate: "利用額を訂正する", story_restate_why: "提供元が今日と昨日の値を 40 % に減らします。大きな減少なので、ボットは1時間以上あけた2回の読み取りが一致してから受け入れます。今日の分は UTC の日付が変わってからです。",
    story_source_down: "利用額の API が止まる", story_source_down_why: "元に戻すまで、提供元がすべての要求を断ります。ボットはすぐに読み取りを試します。回答、ホーム、/ccost settings status（管理者）に、数値がいつのものかが表示されます。",
    story_source_up: "利用額の API が戻る", story_source_up_why: "提供元が再び応答し、ボットはすぐに読み取ります。管理者として /ccost settings status をご覧ください。",
    story_garble: "Slack の応答が途切れる", story_garble_why: "ボットの次のメッセージは届きますが、届いたと知る前に接続が切れます。",
    story_slack_badly: "Slack の調子が悪くなる", story_slack_badly_why: "ボットの次の2通は送りすぎとして断られ（429）、3通目は失敗します（500）。その後 Slack は元に戻ります。配信や予算の通知を起こし、ログの「判断と理由」で、ボットがなぜ待つのか、届いたかもしれないものをなぜそのまま送り直さないのかをご覧ください。",
    story_kill: "ボットを強制停止する", story_kill_why: "障害のときのように突然止まります。途中の処理は終わらず、データベースだけが残ります。",
    story_start: "ボットを起動する", story_start_why: "新しいボットが同じデータベースで起動し、止まったところから続けます。",
  },
};

export function speaker(locale) {
  const sentences = SENTENCES[locale.split("-")[0]] ?? SENTENCES.en;
  return (key, values = {}) => (sentences[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
