from alembic.script import ScriptDirectory

from persistence import migrations
from persistence.statement import Pool


def test_the_code_names_the_newest_migration_as_the_one_it_needs() -> None:
    scripts = ScriptDirectory(str(migrations.FOLDER))

    assert scripts.get_current_head() == migrations.HEAD


async def test_a_migrated_database_is_current(pool: Pool) -> None:
    assert await migrations.is_current(pool)


async def test_a_database_at_another_revision_is_not_current(pool: Pool) -> None:
    await pool.execute("UPDATE alembic_version SET version_num = 'earlier'")

    is_current = await migrations.is_current(pool)

    await pool.execute("UPDATE alembic_version SET version_num = $1", migrations.HEAD)
    assert not is_current
