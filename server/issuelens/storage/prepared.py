"""Statements of the hot path: written in Core, compiled once, then run without being looked at again.

SQLAlchemy's own statement cache still costs half of a small write; this keeps its dialects and drops that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field
from sqlalchemy import Connection, CursorResult
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.selectable import Select


@define(eq=False)
class Prepared:
    """A statement with named parameters. Values go to the driver as they are: JSON must be text already."""

    statement: Insert | Select[Any]
    columns: tuple[str, ...] = ()
    """Of an insert: the columns that every row has."""
    _compiled: dict[str, tuple[str, tuple[str, ...]]] = field(factory=dict)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Runs it once."""
        text, names = self._text(connection)
        return connection.exec_driver_sql(text, tuple(values[name] for name in names))

    def run_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs it for every row; for none, not at all."""
        if rows:
            text, names = self._text(connection)
            connection.exec_driver_sql(text, [tuple(row[name] for name in names) for row in rows])

    def _text(self, connection: Connection) -> tuple[str, tuple[str, ...]]:
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            compiled = self.statement.compile(dialect=dialect, column_keys=list(self.columns) or None)
            self._compiled[dialect.name] = (str(compiled), tuple(compiled.positiontup or ()))
        return self._compiled[dialect.name]
