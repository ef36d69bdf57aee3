"""`files.*` over the demo workspace: an address to send the bytes to, and then a message that has them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.demo.cast import BOT_USER_ID
from bot.demo.workspace.calls import Answer, Arguments, Installation, Method, json_of
from bot.demo.workspace.refusal import SlackRefusal
from bot.demo.workspace.uploads import SharedFile


def get_upload_url(api: Installation, ask: Arguments) -> Answer:
    """Promise a file. The server completes the address, as it alone knows where it is."""
    name, length = str(ask.get("filename") or ""), str(ask.get("length") or "")
    if not name or not length.isdecimal() or int(length) == 0:
        raise SlackRefusal("invalid_arguments")
    file_id, secret = api.team.uploads.promise(name, int(length))
    return {"file_id": file_id, "upload_url": f"upload/v1/{secret}"}


def complete_upload(api: Installation, ask: Arguments) -> Answer:
    """Share files whose bytes have come, in one conversation; without one they stay the app's own."""
    asked = json_of(ask, "files", "invalid_arguments")
    if not isinstance(asked, list) or not asked or not all(isinstance(one, Mapping) for one in asked):
        raise SlackRefusal("invalid_arguments")
    files = [_sent(api, one) for one in asked]
    if ask.get("channel_id"):
        channel = api.seen(ask["channel_id"])
        if channel.is_archived:
            raise SlackRefusal("is_archived")
        if not channel.bot_is_member:
            raise SlackRefusal("not_in_channel")
        thread_ts = str(ask["thread_ts"]) if ask.get("thread_ts") else None
        comment = str(ask.get("initial_comment") or "")
        for file in files:
            api.team.add(channel.channel_id, kind="file", text=comment, file=file, thread_ts=thread_ts)
            comment = ""  # said once, above the first
    for file in files:
        api.team.uploads.share(file.file_id)
    return {"files": [file_object(file) for file in files]}


def file_object(file: SharedFile) -> Answer:
    """Describe a file as messages and answers do."""
    return {
        "id": file.file_id,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2],
        "size": file.size_bytes,
        "user": BOT_USER_ID,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
    }


def _sent(api: Installation, asked: Mapping[str, Any]) -> SharedFile:
    file = api.team.uploads.sent(str(asked.get("id") or ""))
    if file is None:
        raise SlackRefusal("file_not_found")
    return replace(file, title=str(asked.get("title") or file.name))


FILES: Mapping[str, Method] = {
    "files.getUploadURLExternal": Method(get_upload_url, "files:write"),
    "files.completeUploadExternal": Method(complete_upload, "files:write"),
}
