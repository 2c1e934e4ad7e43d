"""`commerce import`: an import with a progress bar, and what came of it in words."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from domain.pricing.taxation.landed import DutyRate
from integrations.exchange_rates import ecb
from integrations.exchange_rates.ecb import EcbRates
from integrations.vat_rates import europe as european
from integrations.vat_rates import sales_tax
from persistence import migrations
from persistence.ids import new_id
from persistence.statement import Pool
from server.database import reach
from server.garbage import collect_from_now_on
from server.imports.duty_rates import read_duty_rates, write_duty_rates
from server.imports.exchange_rates import import_exchange_rates
from server.imports.pickup_points import import_pickup_points
from server.imports.products import ImportReport, import_products
from server.imports.products import Progress as Step
from server.imports.tax_rates import RatesReport, Source, write_tax_rates
from server.local import Local
from server.seed import seed
from server.settings import SettingsError


async def import_file(here: Local, file: Path, *, mapping: str | None, errors: Path | None) -> bool:
    """Import products; whether rows were rejected. A database without markets is given them first."""
    assert here.settings.database_url is not None
    collect_from_now_on()
    if here.is_own_database:
        await _migrate(here.settings.database_url)
    pool = await reach(here.settings.database_url, max_size=4)
    try:
        if not await migrations.is_current(pool):
            raise SettingsError("DATABASE_URL: its schema is not of this release; run `commerce migrate` first")
        await seed(pool, new_id)
        report = await _with_progress(pool, file, mapping, errors)
    finally:
        await pool.close()
    _tell(report)
    return report.rejected > 0


async def import_tax_rates(here: Local, files: Sequence[Path], *, europe: bool) -> None:
    """Bring in the rates of these files, and those of Europe if wanted."""
    assert here.settings.database_url is not None
    if here.is_own_database:
        await _migrate(here.settings.database_url)
    sets = [(Source.WORLD, file.name, sales_tax.rates_of(_sales_tax_file(file)), datetime.now(UTC)) for file in files]
    if europe:
        sets.append((Source.EUROPE, Source.EUROPE.value, european.rates(), european.released()))
    pool = await reach(here.settings.database_url, max_size=2)
    try:
        if not await migrations.is_current(pool):
            raise SettingsError("DATABASE_URL: its schema is not of this release; run `commerce migrate` first")
        await seed(pool, new_id)
        for source, name, rates, effective in sets:
            async with pool.acquire() as connection:
                report = await write_tax_rates(connection, source, rates, effective=effective, new_id=new_id)
            _tell_of_rates(name, report)
    finally:
        await pool.close()


async def import_points(here: Local, files: Sequence[Path]) -> None:
    """Bring in points of carriers, where buyers can fetch their goods."""
    assert here.settings.database_url is not None
    if here.is_own_database:
        await _migrate(here.settings.database_url)
    pool = await reach(here.settings.database_url, max_size=2)
    try:
        if not await migrations.is_current(pool):
            raise SettingsError("DATABASE_URL: its schema is not of this release; run `commerce migrate` first")
        for file in files:
            Console().print(f"{file.name}: {await import_pickup_points(pool, file):,} points.")
    finally:
        await pool.close()


async def import_duty_rates(here: Local, files: Sequence[Path]) -> None:
    """Bring in rates of customs duty; each file replaces what was known of its areas."""
    assert here.settings.database_url is not None
    if here.is_own_database:
        await _migrate(here.settings.database_url)
    read = [(file, _duty_file(file)) for file in files]
    pool = await reach(here.settings.database_url, max_size=2)
    try:
        if not await migrations.is_current(pool):
            raise SettingsError("DATABASE_URL: its schema is not of this release; run `commerce migrate` first")
        for file, rates in read:
            async with pool.acquire() as connection:
                areas = await write_duty_rates(connection, rates, new_id=new_id)
            Console().print(f"{file.name}: {len(rates):,} rates of {areas:,} customs areas.")
    finally:
        await pool.close()


async def import_rates_of_exchange(here: Local, files: Sequence[Path]) -> None:
    """Give price lists that go by the rates of the European Central Bank those of a file."""
    assert here.settings.database_url is not None
    if here.is_own_database:
        await _migrate(here.settings.database_url)
    read = [(file, _ecb_file(file)) for file in files]
    pool = await reach(here.settings.database_url, max_size=2)
    try:
        if not await migrations.is_current(pool):
            raise SettingsError("DATABASE_URL: its schema is not of this release; run `commerce migrate` first")
        for file, rates in read:
            report = await import_exchange_rates(pool, rates)
            console = Console()
            console.print(f"{file.name}, {rates.at:%Y-%m-%d}: {len(report.changed):,} price lists have another rate.")
            for base, currency in report.unknown:
                console.print(f"The bank has no rate of {base} in {currency}.")
    finally:
        await pool.close()


def _ecb_file(file: Path) -> EcbRates:
    try:
        return ecb.read(file)
    except ValueError as error:
        raise SettingsError(f"{file}: {error}") from None


def _duty_file(file: Path) -> list[DutyRate]:
    try:
        return read_duty_rates(file)
    except ValueError as error:
        raise SettingsError(f"{file}: {error}") from None


def _sales_tax_file(file: Path) -> Mapping[str, Any]:
    try:
        return sales_tax.read(file)
    except ValueError as error:
        raise SettingsError(f"{file}: {error}") from None


def _tell_of_rates(name: str, report: RatesReport) -> None:
    Console().print(
        f"{name}: {report.created:,} rates created, {report.ended:,} ended; of territories and classes "
        f"{report.unchanged:,} unchanged, {report.kept:,} left to others."
    )


async def _migrate(url: str) -> None:
    await asyncio.to_thread(migrations.upgrade, url)


async def _with_progress(pool: Pool, file: Path, mapping: str | None, errors: Path | None) -> ImportReport:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(file.name, total=None, rows=0)

        def show(step: Step) -> None:
            bar.update(task, total=step.bytes_total, completed=step.bytes_read, rows=step.rows_read)

        return await import_products(pool, file, mapping=mapping, report=show, errors_path=errors)


def _tell(report: ImportReport) -> None:
    rate = report.rows_read / report.seconds if report.seconds else 0
    console = Console()
    console.print(
        f"{report.rows_read:,} rows in {report.seconds:.1f} s ({rate:,.0f} a second): {report.created:,} created, "
        f"{report.changed:,} changed, {report.unchanged:,} unchanged, {report.rejected:,} rejected."
    )
    if report.errors_path is not None:
        console.print(f"Rejected rows and their reasons: {report.errors_path}")
