"""Where the `commerce` command begins: what makes imports fast is there before the first of them."""

from server.garbage import collect_as_usual, put_off_collection
from server.heap import share_one_heap
from server.importing import import_command


def main() -> None:
    share_one_heap()
    put_off_collection()
    command = import_command()
    collect_as_usual()
    command.main()
