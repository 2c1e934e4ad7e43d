"""Who does not answer is left alone for a while."""

from integrations.opensearch.circuit import Circuit


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_nobody_is_asked_after_three_failures_in_a_row():
    circuit = Circuit(clock=Clock())

    for _ in range(2):
        circuit.failed()
    circuit.succeeded()
    for _ in range(2):
        circuit.failed()
    before = circuit.may_ask()
    circuit.failed()

    assert before
    assert not circuit.may_ask()


def test_after_a_pause_one_finds_out_whether_it_is_back():
    clock = Clock()
    circuit = Circuit(pause_seconds=10, clock=clock)
    for _ in range(3):
        circuit.failed()

    clock.seconds = 9.9
    early = circuit.may_ask()
    clock.seconds = 10.0

    assert not early
    assert [circuit.may_ask() for _ in range(3)] == [True, False, False]


def test_all_are_asked_again_once_one_was_answered():
    clock = Clock()
    circuit = Circuit(pause_seconds=10, clock=clock)
    for _ in range(3):
        circuit.failed()
    clock.seconds = 10.0

    assert circuit.may_ask()
    circuit.succeeded()

    assert circuit.may_ask()
    assert not circuit.is_open
