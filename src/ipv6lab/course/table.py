"""TOML files read with one clear sentence for each mistake: the file, the key, what is wanted."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ipv6lab.course.near import near
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


class Table:
    """One table of a TOML file; every key that is asked for counts as known."""

    def __init__(self, file: Path, data: Mapping[str, Any], at: str = "") -> None:
        self.file = file
        self._data = data
        self._at = at
        self._known: set[str] = set()

    @classmethod
    def read(cls, file: Path) -> Table:
        """The top table of a file. Raises LabError when it cannot be read or is no TOML."""
        try:
            return cls(file, tomllib.loads(file.read_text(encoding="utf-8")))
        except OSError as error:
            raise LabError(
                _(
                    "{file} cannot be read: {reason}.",
                    file=str(file),
                    reason=error.strerror or str(error),
                )
            ) from None
        except UnicodeDecodeError:
            raise LabError(_("{file} is not UTF-8 text.", file=str(file))) from None
        except tomllib.TOMLDecodeError as error:
            raise LabError(
                _("{file} is not valid TOML: {reason}.", file=str(file), reason=str(error))
            ) from None

    def __contains__(self, key: str) -> bool:
        return key in self._data

    @property
    def name(self) -> str:
        """Its full name in the file; empty for the top table."""
        return self._at

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._data)

    def is_table(self, key: str) -> bool:
        return isinstance(self._data.get(key), dict)

    def where(self, key: str) -> str:
        """The full name of a key, as a person would look for it."""
        return f"{self._at}.{key}" if self._at else key

    def text(self, key: str) -> str:
        value = self._get(key, None)
        if not isinstance(value, str) or not value.strip():
            raise LabError(_("{file}: {key} must be a text.", **self._place(key)))
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        value = self._get(key, None)
        if type(value) is not int or not low <= value <= high:
            raise LabError(
                _(
                    "{file}: {key} must be a whole number from {low} to {high}.",
                    low=low,
                    high=high,
                    **self._place(key),
                )
            )
        return value

    def truth(self, key: str) -> bool:
        value = self._get(key, None)
        if not isinstance(value, bool):
            raise LabError(_("{file}: {key} must be true or false.", **self._place(key)))
        return value

    def seconds(self, key: str) -> float:
        value = self._get(key, None)
        if type(value) not in (int, float) or not 0 <= value < 3600:
            raise LabError(
                _("{file}: {key} must be a number of seconds under 3600.", **self._place(key))
            )
        return float(value)

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        value = self._get(key, None)
        if value not in known:
            raise LabError(
                _(
                    "{file}: {key} must be one of {known}.",
                    known=", ".join(known),
                    **self._place(key),
                )
            )
        return str(value)

    def texts(self, key: str, optional: bool = False) -> tuple[str, ...]:
        value = self._get(key, [] if optional else None)
        if not isinstance(value, list) or not all(
            isinstance(item, str) and item.strip() for item in value
        ):
            raise LabError(_("{file}: {key} must be a list of texts.", **self._place(key)))
        return tuple(value)

    def integers(self, key: str, count: int, low: int, high: int) -> tuple[int, ...]:
        """As many whole numbers as `count`, none smaller than the one before."""
        value = self._get(key, None)
        if (
            not isinstance(value, list)
            or len(value) != count
            or any(type(item) is not int or not low <= item <= high for item in value)
            or value != sorted(value)
        ):
            raise LabError(
                _(
                    "{file}: {key} must be {count} rising whole numbers from {low} to {high}.",
                    count=count,
                    low=low,
                    high=high,
                    **self._place(key),
                )
            )
        return tuple(value)

    def pair(self, key: str) -> tuple[float, float]:
        value = self._get(key, None)
        if (
            not isinstance(value, list)
            or len(value) != 2
            or any(type(item) not in (int, float) for item in value)
        ):
            raise LabError(_("{file}: {key} must be two numbers.", **self._place(key)))
        return float(value[0]), float(value[1])

    def table(self, key: str, optional: bool = False) -> Table:
        value = self._get(key, {} if optional else None)
        if not isinstance(value, dict):
            raise LabError(_("{file}: {key} must be a table.", **self._place(key)))
        return Table(self.file, value, self.where(key))

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables in a table of tables; none when the key is missing."""
        outer = self.table(key, optional=True)
        for name in outer.keys:
            yield name, outer.table(name)

    def finish(self) -> None:
        """Refuse keys that nobody asked for: they are misspelled ones."""
        for key in self._data:
            if key in self._known:
                continue
            meant = near(key, self._known)
            if meant:
                raise LabError(
                    _(
                        "{file}: {key} is no key here; did you mean {meant}?",
                        meant=", ".join(meant),
                        **self._place(key),
                    )
                )
            raise LabError(_("{file}: {key} is no key here.", **self._place(key)))

    def _get(self, key: str, default: Any) -> Any:
        self._known.add(key)
        if key in self._data:
            return self._data[key]
        if default is None:
            raise LabError(_("{file}: {key} is missing.", **self._place(key)))
        return default

    def _place(self, key: str) -> dict[str, str]:
        return {"file": str(self.file), "key": self.where(key)}
