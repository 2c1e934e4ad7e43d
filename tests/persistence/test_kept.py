"""What was made of rows, kept by the rows themselves."""

from persistence.kept import Kept, characters_of


def made_by(made: list[tuple[str, ...]], max_characters: int = 1_000) -> Kept[tuple[str, ...], str]:
    def make(row: tuple[str, ...]) -> str:
        made.append(row)
        return "-".join(row)

    return Kept(make, max_characters=max_characters)


def test_equal_rows_are_made_into_one_value():
    made: list[tuple[str, ...]] = []
    kept = made_by(made)

    assert kept.of(("a", "b")) is kept.of(tuple("ab"))
    assert kept.of(("a", "c")) == "a-c"

    assert made == [("a", "b"), ("a", "c")]


def test_what_is_asked_for_again_stays_and_the_rest_makes_room():
    made: list[tuple[str, ...]] = []
    kept = made_by(made, max_characters=40 * characters_of(("00",)))

    for number in range(1_000):
        kept.of((f"{number:02}",))
        kept.of(("often",))

    assert made.count(("often",)) == 1
    assert len(kept) <= 41


def test_rows_within_rows_take_the_room_of_all_their_values():
    assert characters_of(("abc", None, 7)) == 8 + 11 + 8 + 8
    assert characters_of((("abc",), ("d",))) == 8 + 8 + 11 + 8 + 9
