import pytest
from alembic.script import ScriptDirectory

from persistence import migrations
from persistence.statement import Pool


def test_the_code_names_the_newest_migration_as_the_one_it_needs() -> None:
    scripts = ScriptDirectory(str(migrations.FOLDER))

    assert scripts.get_current_head() == migrations.HEAD


async def test_a_migrated_database_is_current(pool: Pool) -> None:
    assert await migrations.is_current(pool)


@pytest.mark.parametrize(("revision", "is_current"), [("0000", False), ("9999", True)])
async def test_an_earlier_schema_is_not_current_and_a_later_one_serves_this_release_too(
    pool: Pool, revision: str, is_current: bool
) -> None:
    await pool.execute("UPDATE alembic_version SET version_num = $1", revision)

    found = await migrations.is_current(pool)

    await pool.execute("UPDATE alembic_version SET version_num = $1", migrations.HEAD)
    assert found == is_current
