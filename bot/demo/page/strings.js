// The page's own words. The bot's sentences come from the bot.

export const SENTENCES = {
  en: {
    skip: "Skip to the message box", playground: "playground", acting: "Acting as", clock: "Clock", hour: "+1 hour", day: "+1 day", month: "Next month",
    dark: "Dark", log: "Log", places: "Conversations", message: "Message or command", send: "Send", logname: "What happened",
    only: "Only visible to you", edited: "edited", typed: "You typed", numbers: "Numbers", before: "Previous page", after: "Next page",
    page: "{from}–{to} of {of}", app: "APP", dm: "Direct message with the bot", members: "{n} people", shared: "shared with another company",
    private: "private", nobot: "the bot is not here", archived: "archived", unread: "new", moving: "Moving…", empty: "Nothing has been said here yet. Try /ccost me.",
    stopped: "The demo does not answer. Is “ccost demo” still running?", failed: "That did not work.", local: "local time",
    role_member: "", role_admin: "admin of ccost", role_guest: "guest", role_outsider: "of another company", role_unconfirmed: "e-mail not confirmed",
    about: "Everybody and every number here is invented. The bot is the real one.",
  },
  ja: {
    skip: "入力欄へ移動", playground: "プレイグラウンド", acting: "この人として操作", clock: "時計", hour: "＋1時間", day: "＋1日", month: "翌月へ",
    dark: "ダーク", log: "ログ", places: "会話", message: "メッセージまたはコマンド", send: "送信", logname: "起きたこと",
    only: "あなただけに表示されています", edited: "編集済み", typed: "あなたの入力", numbers: "数値", before: "前のページ", after: "次のページ",
    page: "{of}件中 {from}–{to}件", app: "アプリ", dm: "ボットとのダイレクトメッセージ", members: "{n}人", shared: "他社と共有",
    private: "非公開", nobot: "ボットは参加していません", archived: "アーカイブ済み", unread: "新着", moving: "進めています…", empty: "まだ何もありません。/ccost me をお試しください。",
    stopped: "デモが応答しません。「ccost demo」は動いていますか？", failed: "うまくいきませんでした。", local: "現地時刻",
    role_member: "", role_admin: "ccost の管理者", role_guest: "ゲスト", role_outsider: "社外の人", role_unconfirmed: "メール未確認",
    about: "登場する人物と数値はすべて架空です。ボットは本物です。",
  },
};

export function speaker(locale) {
  const sentences = SENTENCES[locale.split("-")[0]] ?? SENTENCES.en;
  return (key, values = {}) => (sentences[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
