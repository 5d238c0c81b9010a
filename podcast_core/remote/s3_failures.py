"""What went wrong with an S3 request: whether it may pass, and how to say it."""

from dataclasses import dataclass
from functools import cache

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable

# What S3 says when the same request may succeed a moment later.
PASSING = frozenset(
    {
        *("SlowDown", "RequestTimeout", "RequestTimeoutException", "InternalError", "ServiceUnavailable"),
        *("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "OperationAborted"),
        *("ConditionalRequestConflict", "XAmzContentSHA256Mismatch", "BadDigest", "IncompleteBody"),
    }
)


class EmptyObject(Exception):
    """A part was asked for of an object without any byte."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure. ``status`` is the HTTP status, 0 where nobody answered; ``code`` is S3's own word for it."""

    status: int
    code: str
    text: str
    may_pass: bool

    def to_error(self, name: str) -> Exception:
        """Make the error to be raised for an object or bucket (``s3://bucket/key``)."""
        bucket = name.split("/", 3)[2]
        if self.code == "NoSuchBucket":
            return InvalidInput(f"There is no bucket s3://{bucket}.")
        if self.status == 404:
            return NotFound(f"There is no object {name}.")
        if self.status == 412:
            return FileExistsError(name)
        if self.status == 416:
            return EmptyObject(name)
        if self.status in (401, 403):
            return InvalidInput(f"No permission for {name}: {self.text}.")
        if self.status == 0:
            return InvalidInput(f"{name} cannot be used: {self.text}.")
        return StorageUnavailable(f"{name} failed: {self.text}.")


@cache
def vendor_errors() -> tuple[type[Exception], ...]:
    """Name what s3fs and the libraries below it raise."""
    from aiohttp import ClientError as HttpError
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    # ValueError: an endpoint that is no address
    return OSError, ClientError, BotoCoreError, ResponseParserError, HttpError, TimeoutError, ValueError


def describe(error: Exception) -> Failure:
    """Say what a vendor's error means."""
    from botocore import exceptions as boto

    answer = next((each.response for each in _chain(error) if isinstance(each, boto.ClientError)), None)
    if answer is not None:
        status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code, said = (str(answer["Error"].get(name, "")) for name in ("Code", "Message"))
        # A HEAD request is answered without a body, so the code may be the status only.
        text = ", ".join(dict.fromkeys(each for each in (f"status {status}", code, said.rstrip(".")) if each))
        if status == 403:
            text += " (some servers say so for what does not exist, too)"
        return Failure(status, code, text, (status >= 500 and status != 501) or status == 429 or code in PASSING)
    lasting = (
        *(boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError),
        *(
            boto.ParamValidationError,
            boto.InvalidRegionError,
            boto.ProfileNotFound,
            boto.InvalidConfigError,
            ValueError,
        ),
    )
    if isinstance(error, lasting):
        hint = ""
        if isinstance(error, boto.NoCredentialsError):
            hint = "; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or PODCAST_STORAGE_ANONYMOUS=true"
        return Failure(0, "", f"{str(error).rstrip('.')}{hint}", may_pass=False)
    text = str(error).rstrip(".") or ("" if isinstance(error, TimeoutError) else type(error).__name__)
    return Failure(0, "", text, may_pass=True)


def _chain(error: BaseException) -> list[BaseException]:
    causes = [error]
    while cause := causes[-1].__cause__:
        causes.append(cause)
    return causes
