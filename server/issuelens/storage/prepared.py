"""Statements of the hot path: written in Core, compiled once, then run on the driver's own cursor.

SQLAlchemy's execution costs more than SQLite's own work for a small statement; this keeps its dialects and drops that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from attrs import define, field
from sqlalchemy import Connection, bindparam
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.selectable import Select


@define(eq=False)
class Prepared:
    """A statement with named parameters. Values go to the driver as they are: JSON must be text already."""

    statement: Insert | Update | Delete | Select[Any]
    columns: tuple[str, ...] = ()
    """Of an insert: the columns that every row has."""
    _compiled: dict[str, tuple[str, tuple[str, ...]]] = field(factory=dict)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Runs it once, for what it changes."""
        self.run_all(connection, [values])

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of what it finds, its columns in the statement's order."""
        text, names = self._text(connection)
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(text, tuple(values[name] for name in names))
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row

    def run_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs it for every row; for none, not at all."""
        if rows:
            text, names = self._text(connection)
            with closing(connection.connection.cursor()) as cursor:
                cursor.executemany(text, [tuple(row[name] for name in names) for row in rows])

    def run_rows(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Runs an insert for every row, whose values are in the order of `columns`: for thousands of rows."""
        text, names = self._text(connection)
        assert names == self.columns
        with closing(connection.connection.cursor()) as cursor:
            cursor.executemany(text, rows)

    def _text(self, connection: Connection) -> tuple[str, tuple[str, ...]]:
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            compiled = self.statement.compile(dialect=dialect, column_keys=list(self.columns) or None)
            self._compiled[dialect.name] = (str(compiled), tuple(compiled.positiontup or ()))
        return self._compiled[dialect.name]


@define(eq=False)
class PreparedUpdate:
    """An update of some columns, compiled once for each set of them: an operation on thousands writes few sets."""

    statement: Update
    """With its condition, without values."""
    _by_columns: dict[tuple[str, ...], Prepared] = field(factory=dict)

    def run(self, connection: Connection, changed: Mapping[str, Any], condition: Mapping[str, Any]) -> None:
        """Writes the columns changed where the condition's parameters say."""
        names = tuple(changed)
        if names not in self._by_columns:
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
            self._by_columns[names] = Prepared(self.statement.values(values))
        self._by_columns[names].run(connection, {f"new_{name}": changed[name] for name in names} | dict(condition))
