"""What was made of rows, kept by what tells them apart."""

from persistence.kept import Kept, characters_of, rows_of_each


def test_what_is_asked_for_again_stays_and_the_rest_makes_room():
    kept: Kept[int, str] = Kept(max_characters=40)
    kept.put(-1, "often", 1)

    for number in range(1_000):
        kept.put(number, "once", 1)
        assert kept.get(-1) == "often"

    assert kept.get(999) == "once"
    assert kept.get(0) is None
    assert len(kept) <= 42


def test_what_takes_much_room_leaves_little_for_the_rest():
    kept: Kept[str, str] = Kept(max_characters=100)

    kept.put("big", "", 60)
    kept.put("bigger", "", 70)

    assert (kept.get("big"), kept.get("bigger")) == (None, "")


def test_rows_within_rows_take_the_room_of_all_their_values():
    assert characters_of(("abc", None, 7)) == 8 + 11 + 8 + 8
    assert characters_of((("abc",), ("d",))) == 8 + 8 + 11 + 8 + 9


def test_rows_are_told_apart_by_the_key_in_a_column():
    assert rows_of_each(["b", "c", "a"], [("a", 1), ("b", 2), ("a", 3)], column=0) == [
        (("b", 2),),
        (),
        (("a", 1), ("a", 3)),
    ]
