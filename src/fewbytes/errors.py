"""What can go wrong, as a tree.

FewbytesError                 one line: what was wrong, where, and what to do
├── CodecError                a codec that cannot be: an unknown option, a wrong order or value
│   ├── UnknownStageError     no stage has that name
│   └── NotFittedError        the codec must be fitted before this call
├── InputError                images, labels or codes that cannot be used
│   └── SourceError           a source of images that is missing or malformed
├── CorruptError              bytes that do not decode
├── StudyError                a study that cannot be run or resumed as asked
├── OutputError               a place that cannot be written
├── EngineError               workers that cannot be had, or do not last
├── SecretKeyError            a secret key that is missing, unreadable or not the right one
├── RanksError                processes that are to train together and do not meet, or lose one
│   └── OtherRankError        another of them failed, and says why
└── MissingExtraError         an optional package is not installed
"""

from __future__ import annotations

from typing import Any


def first_line(error: object) -> str:
    """What an error says, without what follows in further lines; empty where it says nothing."""
    return next(iter(str(error).splitlines()), "")


class FewbytesError(Exception):
    """Base of every error that fewbytes raises on purpose."""


class CodecError(FewbytesError):
    """A codec, or one of its stages, that cannot exist as written or for these images."""


class UnknownStageError(CodecError):
    """No registered stage has the given name."""


class NotFittedError(CodecError):
    """The call needs what `fit` learns."""


class InputError(FewbytesError):
    """Images, labels or codes of a wrong type, shape or content."""


class SourceError(InputError):
    """A source of images that is missing, unreadable or malformed."""


class CorruptError(FewbytesError):
    """Bytes that do not decode to what they claim to hold."""


class StudyError(FewbytesError):
    """A study that cannot be run, or resumed, as asked."""


class OutputError(FewbytesError):
    """A file or folder that cannot be written."""


class EngineError(FewbytesError):
    """Workers that cannot be reached, are not fit for their work, or keep dying."""


class SecretKeyError(FewbytesError):
    """A secret key that is missing, unreadable or not the one that was used. No message of it, nor
    of any other error, says any part of a key.
    """


class RanksError(FewbytesError):
    """Processes that are to train together and do not meet, or one of which is lost."""


class OtherRankError(RanksError):
    """Another of the processes failed, and says why: this one need not."""


class MissingExtraError(FewbytesError):
    """An optional package is missing; the message names the extra that brings it."""

    def __init__(self, feature: str, package: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs {package}, which is not installed: pip install 'fewbytes[{extra}]'"
        )
        self.feature = feature
        self.package = package
        self.extra = extra

    def __reduce__(self) -> tuple[Any, ...]:
        """For worker processes, which send their errors on."""
        return type(self), (self.feature, self.package, self.extra), self.__dict__
