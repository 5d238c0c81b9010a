"""Objects in S3 buckets, by s3fs: time limits, retries, and errors that name bucket, key and cause.

s3fs is used as the client only. Its listings are cached, and its retries leave out much that passes (an answer 500)
and multiply with those of the libraries below it; so these are switched off, and every request is tried again here.
"""

import asyncio
import math
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from threading import Lock
from typing import Any, BinaryIO, TypeVar

from fsspec.asyn import sync

from podcast_core.errors import InvalidInput, NotFound, PodcastError, StorageUnavailable
from podcast_core.remote import s3_failures
from podcast_core.remote.limits import Limits, choose_wait_s
from podcast_core.remote.parts import Part
from podcast_core.settings import Settings

READ_BYTES = 8 << 20  # per request, so that a large object is not lost for one cut connection
PIECE_BYTES = 1 << 18  # as in `connections`
PART_BYTES = 16 << 20  # of a large upload; S3 takes 10,000 parts of at least 5 MiB

T = TypeVar("T")
Request = Callable[[Any], Awaitable[T]]


class Buckets:
    """The buckets of one S3 server."""

    def __init__(self, settings: Settings) -> None:
        self._endpoint = settings.storage_endpoint_url
        self._anonymous = settings.storage_anonymous
        self._limits = Limits.of(settings)
        self._by_process: dict[int, Any] = {}  # neither a client nor a lock that is held survives a fork
        self._making: dict[int, Lock] = {}

    def read(self, bucket: str, key: str) -> bytes:
        """Read a whole object; raises as `read_part`."""
        data = bytearray()
        version = ""
        while True:
            part = self.read_part(bucket, key, len(data), len(data) + READ_BYTES, version)
            data += part.data
            version = part.version
            if len(data) >= part.total:
                return bytes(data)

    def read_part(self, bucket: str, key: str, start: int, end: int, version: str = "") -> Part:
        """Read bytes [start, end) of an object, or less where it ends.

        Parameters
        ----------
        version
            The ETag that it must have still; empty: any.

        Raises
        ------
        NotFound
            When there is no such object.
        InvalidInput
            When there is no such bucket, or it may not be read.
        StorageUnavailable
            When it did not work after all tries, or the object has changed.
        """
        condition = {"IfMatch": version} if version else {}

        async def get(client: Any) -> Part:
            asked = {"Bucket": bucket, "Key": key, "Range": f"bytes={start}-{end - 1}", **condition}
            async with asyncio.timeout(self._limits.timeout_s):
                answer = await client._call_s3("get_object", **asked)
            data = await self._read_body(answer["Body"])
            total = str(answer.get("ContentRange", "")).rpartition("/")[2]
            expected = min(end, int(total)) - start if total.isdigit() else answer["ContentLength"]
            if len(data) != expected:
                raise ConnectionError(f"{len(data):,} of {expected:,} bytes came")
            return Part(data, int(total) if total.isdigit() else len(data), answer.get("ETag", ""))

        try:
            return self._try(bucket, key, get, math.inf)
        except s3_failures.EmptyObject:
            return Part(b"", 0, "")
        except FileExistsError as error:
            raise StorageUnavailable(f"s3://{bucket}/{key} was changed while it was read.") from error

    def exists(self, bucket: str, key: str) -> bool:
        """Tell whether there is an object; raises as `read_part`.

        Raises
        ------
        InvalidInput
            When there is no such bucket, else as `read_part`.
        """

        async def head(client: Any) -> None:
            await client._call_s3("head_object", Bucket=bucket, Key=key)

        async def head_bucket(client: Any) -> None:
            await client._call_s3("head_bucket", Bucket=bucket)

        try:
            self._try(bucket, key, head)
        except NotFound:
            try:
                self._try(bucket, "", head_bucket)  # the answer for a missing bucket is the same
            except NotFound as error:
                raise InvalidInput(f"There is no bucket s3://{bucket}.") from error
            return False
        return True

    def write(self, bucket: str, key: str, data: bytes, *, only_new: bool = False) -> None:
        """Write an object; FileExistsError when ``only_new`` and there is one."""
        condition = {"IfNoneMatch": "*"} if only_new else {}

        async def put(client: Any) -> None:
            await client._call_s3("put_object", Bucket=bucket, Key=key, Body=data, **condition)

        self._try(bucket, key, put, len(data))

    def write_file(self, bucket: str, key: str, file: BinaryIO, *, only_new: bool = False) -> None:
        """Write an object of any size from a file; FileExistsError when ``only_new`` and there is one."""
        data = file.read(PART_BYTES)
        if len(data) < PART_BYTES:
            self.write(bucket, key, data, only_new=only_new)
            return
        names = {"Bucket": bucket, "Key": key}
        upload = {**names, "UploadId": self._call(bucket, key, "create_multipart_upload", **names)["UploadId"]}
        try:
            parts: list[dict[str, object]] = []
            while data:
                number = len(parts) + 1
                answer = self._call(bucket, key, "upload_part", **upload, PartNumber=number, Body=data)
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
                data = file.read(PART_BYTES)
            condition = {"IfNoneMatch": "*"} if only_new else {}
            self._call(
                bucket, key, "complete_multipart_upload", **upload, MultipartUpload={"Parts": parts}, **condition
            )
        except BaseException:
            with suppress(PodcastError):  # the bucket may be gone
                self._call(bucket, key, "abort_multipart_upload", **upload)
            raise

    def remove(self, bucket: str, key: str) -> None:
        """Remove an object."""
        self._call(bucket, key, "delete_object", Bucket=bucket, Key=key)

    def list_folders(self, bucket: str, prefix: str) -> list[str]:
        """List the names of the folders in a folder (a prefix that ends in "/"), not what is in them."""
        names: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self._call(bucket, prefix, "list_objects_v2", Bucket=bucket, Prefix=prefix, Delimiter="/", **token)
            names += [each["Prefix"][len(prefix) :].rstrip("/") for each in page.get("CommonPrefixes", ())]
            if not page.get("IsTruncated"):
                return names
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def list(self, bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
        """List the objects whose key begins with a prefix, with their sizes in bytes; raises as `read_part`."""
        token: dict[str, str] = {}
        while True:
            page = self._call(bucket, prefix, "list_objects_v2", Bucket=bucket, Prefix=prefix, **token)
            for each in page.get("Contents", ()):
                if not each["Key"].endswith("/"):  # what some programs write for a folder
                    yield each["Key"], each["Size"]
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    async def _read_body(self, body: Any) -> bytes:
        """Read an answer as long as it comes fast enough."""
        data = bytearray()
        began = asyncio.get_running_loop().time()
        async with body, asyncio.timeout(self._limits.timeout_s) as limit:
            while piece := await body.read(PIECE_BYTES):
                data += piece
                limit.reschedule(began + self._limits.allowed_s(len(data)))
        return bytes(data)

    def _call(self, bucket: str, key: str, method: str, **parameters: Any) -> dict[str, Any]:
        async def call(client: Any) -> dict[str, Any]:
            answer: dict[str, Any] = await client._call_s3(method, **parameters)
            return answer

        return self._try(bucket, key, call, len(parameters.get("Body", b"")))

    def _try(self, bucket: str, key: str, request: Request[T], size_bytes: float = 0) -> T:
        """Send a request until it is answered; failures that may pass are tried again."""
        client = self._client()
        name = f"s3://{bucket}/{key}"
        problem = ""
        for failures in range(self._limits.attempts):
            if failures:
                time.sleep(choose_wait_s(failures))
            try:
                answer: T = sync(client.loop, request, client, timeout=self._limits.allowed_s(size_bytes))
            except s3_failures.vendor_errors() as error:
                failure = s3_failures.describe(error)
                if not failure.may_pass:
                    raise failure.to_error(name) from error
                problem = failure.text or f"no answer within {self._limits.timeout_s:g} s"
            else:
                return answer
        tries = "1 try" if self._limits.attempts == 1 else f"{self._limits.attempts} tries"
        raise StorageUnavailable(f"{name} could not be reached after {tries}: {problem}.")

    def _client(self) -> Any:
        """Get this process's client, ready to send: looking for credentials takes a while the first time."""
        process_id = os.getpid()
        with self._making.setdefault(process_id, Lock()):
            if process_id not in self._by_process:
                self._by_process[process_id] = self._make_client()
            return self._by_process[process_id]

    def _make_client(self) -> Any:
        import s3fs

        timeout_s = self._limits.timeout_s
        config: dict[str, Any] = {
            "connect_timeout": timeout_s,
            "read_timeout": timeout_s,
            "retries": {"total_max_attempts": 1, "mode": "standard"},
            "max_pool_connections": 32,
        }
        if self._endpoint:  # checksums that only Amazon's servers are sure to know
            config["request_checksum_calculation"] = config["response_checksum_validation"] = "when_required"
        try:
            client = s3fs.S3FileSystem(
                anon=self._anonymous,
                endpoint_url=self._endpoint or None,
                config_kwargs=config,
                use_listings_cache=False,
                skip_instance_cache=True,
            )
            client.retries = 1
            client.connect()
        except s3_failures.vendor_errors() as error:
            raise InvalidInput(f"The settings for S3 cannot be used: {error}") from error
        return client
