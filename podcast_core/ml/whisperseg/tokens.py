"""How WhisperSeg writes calls as tokens: ``<|on|> class <|off|>`` for each call, in the order of their starts.

Times are numbered tokens, each two columns of the picture after the one before; a class is its number in digits. A
sequence begins with three tokens of Whisper's and one for the species, and ends with ``<|endoftext|>``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.whisperseg.config import COLUMNS_PER_TOKEN, WhisperSegConfig

PROMPT = ("<|startoftranscript|>", "<|en|>", "<|notimestamps|>")
SPECIES_TOKENS = tuple(
    f"<|{name}|>" for name in ("zebra_finch", "bengalese_finch", "mouse", "marmoset", "human", "unknown", "animal")
)
UNKNOWN_SPECIES = "<|unknown|>"
END = "<|endoftext|>"
NEAR_TOKENS = 2  # of time: an end this far off still counts as the same call

Logits = NDArray[np.float32]
Allowed = NDArray[np.bool_]


class TokenCall(NamedTuple):
    """A call in one window: numbers of time tokens, class, and the model's probability of it (1 where unknown)."""

    on: int
    off: int
    cluster: int
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """The ids of the tokens that matter."""

    prompt: tuple[int, ...]
    species: tuple[int, ...]
    unknown_species: int
    times: NDArray[np.int64]
    end: int
    clusters: Mapping[int, tuple[int, ...]]
    """The digits of each class number, as the tokenizer writes them."""

    def write(self, calls: Iterable[TokenCall], longest: int) -> list[int]:
        """Write calls as a training target; those beyond ``longest`` tokens are left out, and so is the end then."""
        written = [*self.prompt, self.unknown_species]
        for call in sorted(calls):
            new = [int(self.times[call.on]), *self.clusters[call.cluster], int(self.times[call.off])]
            if len(written) + len(new) > longest - 1:
                return written
            written += new
        return [*written, self.end]


def read_tokens(folder: Path, config: WhisperSegConfig) -> Tokens:
    """Read a checkpoint's tokenizer: ``vocab.json``, ``merges.txt`` and ``added_tokens.json``, or ``tokenizer.json``.

    Raises
    ------
    ModelUnavailable
        When there is none, or it has not WhisperSeg's tokens (Whisper's own tokenizer has not).
    """
    from transformers import WhisperTokenizer

    try:
        tokenizer = WhisperTokenizer.from_pretrained(str(folder), local_files_only=True)  # nosec B615  # as it says
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelUnavailable(
            f"The tokenizer in {folder.name!r} cannot be read: expected vocab.json, merges.txt and added_tokens.json, "
            f"or tokenizer.json: {error}"
        ) from error
    known = tokenizer.get_vocab()
    times = [f"<|{index}|>" for index in range(config.columns // COLUMNS_PER_TOKEN + 1)]
    if missing := [each for each in (*PROMPT, UNKNOWN_SPECIES, END, *times) if each not in known]:
        raise ModelUnavailable(
            f"The tokenizer is not WhisperSeg's: it has no {', '.join(missing[:5])}"
            f"{f' and {len(missing) - 5} more' if len(missing) > 5 else ''}."
        )
    return Tokens(
        prompt=tuple(known[each] for each in PROMPT),
        species=tuple(known[each] for each in SPECIES_TOKENS if each in known),
        unknown_species=known[UNKNOWN_SPECIES],
        times=np.array([known[each] for each in times]),
        end=known[END],
        clusters={
            number: tuple(tokenizer.encode(str(number), add_special_tokens=False))
            for number in sorted(config.clusters.values())
        },
    )


class Grammar:
    """Which token may follow: makes every output of a model readable, whatever its weights."""

    def __init__(self, tokens: Tokens, vocabulary: int) -> None:
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.time_of = {int(token): index for index, token in enumerate(tokens.times)}
        self.class_of = {digits: number for number, digits in tokens.clusters.items()}
        self.digits: dict[tuple[int, ...], tuple[int, ...]] = {}
        for digits in tokens.clusters.values():
            for length in range(len(digits)):
                known = self.digits.get(digits[:length], ())
                self.digits[digits[:length]] = tuple(dict.fromkeys((*known, digits[length])))


@dataclass(slots=True)
class Reader:
    """Reads the tokens of one window, one at a time."""

    grammar: Grammar
    calls: list[TokenCall] = field(default_factory=list)
    is_done: bool = False
    _has_species: bool = False
    _first: int = 0
    _on: int | None = None
    _digits: tuple[int, ...] = ()
    _score: float = 1.0

    def allowed(self) -> Allowed:
        """Tell which tokens may come next, shape (vocabulary,)."""
        tokens = self.grammar.tokens
        mask = np.zeros(self.grammar.vocabulary, bool)
        if not self._has_species:
            mask[list(tokens.species)] = True
        elif self._on is None:
            mask[tokens.times[self._first : -1]] = True
            mask[tokens.end] = True
        else:
            mask[list(self.grammar.digits.get(self._digits, ()))] = True
            if self._digits in self.grammar.class_of:
                mask[tokens.times[self._on + 1 :]] = True
        return mask

    def read(self, token: int, logits: Logits | None = None) -> None:
        """Take the next token, which must be allowed; ``logits``, shape (vocabulary,), give its probability.

        The score of a call is the probability that its start, its class and its end are these, given what was read
        before; times up to `NEAR_TOKENS` off count as the same.
        """
        tokens = self.grammar.tokens
        time = self.grammar.time_of.get(token)
        if not self._has_species:
            self._has_species = True
        elif token == tokens.end:
            self.is_done = True
        elif self._on is None:
            assert time is not None
            self._score = self._probability(token, time, logits)
            self._on, self._digits = time, ()
        elif time is None:
            self._score *= self._probability(token, None, logits)
            self._digits = (*self._digits, token)
        else:
            score = self._score * self._probability(token, time, logits)
            self.calls.append(TokenCall(self._on, time, self.grammar.class_of[self._digits], min(score, 1.0)))
            self._first, self._on = self._on, None

    def _probability(self, token: int, time: int | None, logits: Logits | None) -> float:
        if logits is None:
            return 1.0
        allowed = np.flatnonzero(self.allowed())
        chances = np.exp(logits[allowed].astype(np.float64) - logits[allowed].max())
        near = [token]
        if time is not None:
            near = list(self.grammar.tokens.times[max(0, time - NEAR_TOKENS) : time + NEAR_TOKENS + 1])
        return float(chances[np.isin(allowed, near)].sum() / chances.sum())


def read_sequence(grammar: Grammar, sequence: Sequence[int], logits: Sequence[Logits] | None = None) -> list[TokenCall]:
    """Read what a decoder without the grammar wrote; a token that may not come ends the call it is in.

    Parameters
    ----------
    sequence
        What follows the prompt.
    logits
        For each token of the sequence, shape (vocabulary,).
    """
    reader = Reader(grammar)
    for index, token in enumerate(sequence):
        if reader.is_done:
            break
        if not reader.allowed()[token]:
            reader = _restart(reader)
            if not reader.allowed()[token]:
                continue
        reader.read(token, None if logits is None else logits[index])
    return reader.calls


def _restart(reader: Reader) -> Reader:
    """Go on after a token that may not come: the next call may begin."""
    return Reader(reader.grammar, reader.calls, _has_species=True, _first=reader._first)
