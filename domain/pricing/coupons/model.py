"""Codes that unlock promotions, and by what a customer is known who may use each only so often."""

import hashlib
import math
from collections.abc import Callable, Sequence

from domain.shared.errors import ErrorCode, refuse
from domain.shared.ids import CustomerId
from domain.shared.making import dataclass
from domain.shared.text import is_plain

MAX_CODES_OF_CART = 20
MAX_CODE_LENGTH = 64
MAX_GENERATED = 100_000
ROOM_PER_CODE = 10_000
"""How many codes a pattern can make for each that it is asked for: so many guesses find one."""
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
DIGITS = "0123456789"
BLANKS = {"?": LETTERS, "#": DIGITS, "*": LETTERS + DIGITS}
"""What a pattern's `?`, `#` and `*` stand for; all other characters stand for themselves."""

TAGGED_AT = frozenset(
    {
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "fastmail.com",
        "fastmail.fm",
        "icloud.com",
    }
    | {"me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "zoho.com", "hey.com", "yandex.com", "yandex.ru"}
)
"""Providers that deliver `name+tag` to `name`."""
DOTLESS_AT = frozenset({"gmail.com", "googlemail.com"})
"""Providers to whom dots in a name are nothing."""
SAME_DOMAIN = {"googlemail.com": "gmail.com", "protonmail.com": "proton.me", "pm.me": "proton.me"}


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code as stored: `code` is folded, `usage_limit` None for as often as its promotion allows."""

    code: str
    promotion_id: str
    usage_limit: int | None
    used: int

    @property
    def is_exhausted(self) -> bool:
        return self.usage_limit is not None and self.used >= self.usage_limit


def folded(code: str) -> str:
    """The code as it is compared (rule P11): without space around it, without case."""
    return code.strip().casefold()


def entered(codes: Sequence[str], *path: str) -> tuple[str, ...]:
    """The codes as a buyer entered them, trimmed, each once. Refused if they are too many, empty or too long."""
    if len(codes) > MAX_CODES_OF_CART:
        raise refuse(ErrorCode.INVALID, f"At most {MAX_CODES_OF_CART} codes at once.", *path)
    by_fold: dict[str, str] = {}
    for at, code in enumerate(codes):
        if not 0 < len(code.strip()) <= MAX_CODE_LENGTH or not is_plain(code):
            message = f"A code has 1 to {MAX_CODE_LENGTH} characters without controls."
            raise refuse(ErrorCode.INVALID, message, *path, str(at))
        by_fold.setdefault(folded(code), code.strip())
    return tuple(by_fold.values())


def normalized_email(email: str) -> str:
    """One spelling of all that reach a mailbox: lower case, without tag and dots where the provider ignores them."""
    name, _, domain = email.strip().lower().rpartition("@")
    if domain in TAGGED_AT:
        name = name.partition("+")[0]
    if domain in DOTLESS_AT:
        name = name.replace(".", "")
    return f"{name}@{SAME_DOMAIN.get(domain, domain)}"


def customer_key(customer_id: CustomerId | None, email: str) -> str:
    """Whom a per-customer limit counts (rule P10): the customer, or the hash of a guest's normalized email."""
    return customer_id or hashlib.sha256(normalized_email(email).encode(errors="surrogatepass")).hexdigest()


def check_pattern(pattern: str, count: int) -> None:
    """Refuse what cannot make `count` codes that nobody guesses."""
    if not 1 <= count <= MAX_GENERATED:
        raise refuse(ErrorCode.INVALID, f"1 to {MAX_GENERATED} codes are made at once.", "count")
    if not 0 < len(pattern.strip()) <= MAX_CODE_LENGTH or not is_plain(pattern):
        raise refuse(ErrorCode.INVALID, f"A pattern has 1 to {MAX_CODE_LENGTH} characters.", "pattern")
    room = math.prod(len(BLANKS[character]) for character in pattern if character in BLANKS)
    if room < count * ROOM_PER_CODE:
        message = "Give the pattern more of `?` (a letter), `#` (a digit) or `*` (either): such codes could be guessed."
        raise refuse(ErrorCode.INVALID, message, "pattern")


def made_codes(pattern: str, count: int, choose: Callable[[str], str]) -> list[str]:
    """`count` different codes by the pattern; `choose` picks one of a text's characters at random."""
    made: dict[str, None] = {}
    while len(made) < count:
        made["".join(choose(BLANKS[each]) if each in BLANKS else each for each in pattern.strip())] = None
    return list(made)


@dataclass(frozen=True, slots=True)
class PromoCodeState:
    """A code that a buyer entered: whether it lowers the price as things are now, or why it does not."""

    code: str
    reason: ErrorCode | None = None

    @property
    def applied(self) -> bool:
        return self.reason is None
