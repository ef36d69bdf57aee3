"""Files that the app sends: promised, sent, and then shared."""

import secrets
import threading
from dataclasses import dataclass, replace
from mimetypes import guess_type


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """A file of the app."""

    file_id: str
    name: str
    size_bytes: int
    content: bytes | None = None
    """None: not sent yet."""
    title: str = ""

    @property
    def mimetype(self) -> str:
        """Say what kind of file it is, by its name."""
        return guess_type(self.name)[0] or "application/octet-stream"

    @property
    def text(self) -> str:
        """Give what a person reads in it."""
        return (self.content or b"").decode("utf-8", "replace")


class Uploads:
    """Files on their way. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, SharedFile] = {}
        self._secrets: dict[str, str] = {}

    def promise(self, name: str, size_bytes: int) -> tuple[str, str]:
        """Give the id of a file to come, and the secret last part of the address to send it to."""
        secret = secrets.token_urlsafe(18)
        with self._lock:
            file_id = f"F{len(self._secrets) + 1:09d}"
            self._secrets[secret] = file_id
            self._files[file_id] = SharedFile(file_id=file_id, name=name, size_bytes=size_bytes)
        return file_id, secret

    def send(self, secret: str, content: bytes) -> bool:
        """Take the bytes; False for an unknown address, a second time, or another length than promised."""
        with self._lock:
            file = self._files.get(self._secrets.get(secret, ""))
            if file is None or file.content is not None or len(content) != file.size_bytes:
                return False
            self._files[file.file_id] = replace(file, content=content)
            return True

    def sent(self, file_id: str) -> SharedFile | None:
        """Give a file whose bytes came and that is not shared yet."""
        with self._lock:
            file = self._files.get(file_id)
            return file if file is not None and file.content is not None else None

    def share(self, file_id: str) -> None:
        """Forget a file that somebody sees now."""
        with self._lock:
            self._files.pop(file_id, None)
