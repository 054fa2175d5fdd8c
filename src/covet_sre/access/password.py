"""Which passwords are taken: by length, and by how much of one could be guessed.

What attackers try first are a few habits: well-known words, walks over the keyboard, runs, years, the same again.
Such a piece counts as two characters however long it is, a digit or a sign as half of one, and what is left must do.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from covet_sre.access.guessed_words import KNOWN_PHRASES, KNOWN_WORDS, OUR_WORDS
from covet_sre.errors import Refused

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256
"""Characters (NIST SP 800-63B: length counts, composition does not)."""

LEAST_COUNTED = 8.0
"""So many characters must be left when what is easily guessed is counted as little."""

_PIECE, _AGAIN, _NO_LETTER = 2.0, 1.0, 0.5
_LONGEST_WORD = 16
_WALKS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
    "qweasdzxc",
    "qawsedrftgyhujikolp",
    "qaswzxerdfcvtyghbn",
    "1a2s3d4f5g6h7j8k9l",
    "z1x2c3v4b5n6m7",
    "147258369",
)
_BOTH_WAYS = tuple(walk[::way] for walk in _WALKS for way in (1, -1))
_YEAR = re.compile(r"(19|20)\d\d")
_DRESS = {"@": "a", "4": "a", "3": "e", "0": "o", "5": "s", "$": "s", "7": "t", "8": "b", "9": "g", "!": "i"}
_DRESSES = tuple(str.maketrans(_DRESS | {"1": one}) for one in "il")

IsRefused = Callable[[str], bool]
"""Whether a password stands on the operator's list of those that were found somewhere."""


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """`own_words` are those that an attacker would think of here, beside the user's name: the host's name."""

    own_words: tuple[str, ...] = ()
    is_refused: IsRefused = lambda _: False

    def check(self, text: str, *names: str) -> None:
        """Raises Refused. `names` are the user's own."""
        better = "several unrelated words make a good one"
        if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
            raise Refused(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", remedy=better)
        if counted(text, (*self.own_words, *names)) < LEAST_COUNTED:
            raise Refused("that password is easily guessed", remedy=better)
        if self.is_refused(text):
            raise Refused("that password stands on a list of known ones", remedy=better)


def counted(text: str, own_words: Iterable[str] = ()) -> float:
    """For how many characters a password counts: the least over all ways to take it apart."""
    plain = text.lower()
    words = KNOWN_WORDS | OUR_WORDS | set(_parts(own_words))
    if re.sub(r"[\W_]", "", plain) in KNOWN_PHRASES:
        return 0
    dresses = (plain, *(plain.translate(dress) for dress in _DRESSES))
    least = [float(at) for at in range(len(plain) + 1)]
    for start in range(len(plain)):
        least[start + 1] = min(least[start + 1], least[start] + (1.0 if plain[start].isalpha() else _NO_LETTER))
        for end, costs in _pieces(plain, dresses, words, start):
            least[end] = min(least[end], least[start] + costs)
    return least[-1]


def _pieces(plain: str, dresses: tuple[str, ...], words: frozenset[str], start: int) -> Iterator[tuple[int, float]]:
    """Every piece that begins there and is easily guessed: where it ends, and for how much it counts."""
    for end in range(start + 3, min(start + _LONGEST_WORD, len(plain)) + 1):
        if any(dress[start:end] in words for dress in dresses):
            yield end, _PIECE
        if any(plain[start:end] in walk for walk in _BOTH_WAYS):
            yield end, _PIECE
    if _YEAR.match(plain, start):
        yield start + 4, _PIECE
    for step in (-1, 0, 1):
        end = start + 1
        while end < len(plain) and ord(plain[end]) - ord(plain[end - 1]) == step:
            end += 1
        if end - start >= 3:
            yield end, _PIECE
    for size in range(2, start + 1):
        if plain[start - size : start] == plain[start : start + size]:
            yield start + size, _AGAIN


def _parts(own_words: Iterable[str]) -> Iterator[str]:
    """The words in names and addresses, long enough to mean something."""
    for word in own_words:
        for part in (word.lower(), *re.split(r"[\W_]+", word.lower())):
            if 3 <= len(part) <= _LONGEST_WORD:
                yield part
