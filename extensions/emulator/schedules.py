# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When a schedule of AWS comes due: ``rate(10 days)`` and ``cron(0 8 1 * ? *)`` with its six fields. Pure functions, in UTC."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import timedelta
from typing import NamedTuple

_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_HORIZON = 366 * 9  # days to look ahead: between two leap days there are up to eight years
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")


class Cron(NamedTuple):
    """A cron expression: sets of numbers, and for the days two functions that tell whether a day is one."""

    minutes: set
    hours: set
    in_month: object
    months: set
    in_week: object
    years: set

    def following(self, after):
        """Return the first moment after a moment, or None when there is none any more."""
        day = after.replace(hour=0, minute=0, second=0, microsecond=0)
        for _number in range(_HORIZON):
            if day.year in self.years and day.month in self.months and self.in_month(day) and self.in_week(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        if (moment := day.replace(hour=hour, minute=minute)) > after:
                            return moment
            day += timedelta(days=1)
        return None


def rate(expression):
    """Return number and unit (minute, hour or day) of ``rate(...)``, or None for another kind of expression."""
    found = _RATE.fullmatch(expression)
    return (int(found[1]), found[2]) if found else None


def cron(expression):
    """Return the Cron of ``cron(...)``; raise ValueError for anything else."""
    found = _CRON.fullmatch(expression)
    if not found:
        raise ValueError(f"{expression} is neither rate(...) nor cron(...) with six fields")
    minutes, hours, days, months, weekdays, years = found.groups()
    if (days == "?") == (weekdays == "?"):
        raise ValueError(f"{expression} needs ? for the day of the month or for the day of the week, and not for both")
    return Cron(
        _numbers(minutes, 0, 59),
        _numbers(hours, 0, 23),
        _day_of_month(days),
        _numbers(months, 1, 12, _MONTHS),
        _day_of_week(weekdays),
        _numbers(years, 1970, 2199),
    )


def _numbers(text, low, high, names=None):
    """Return the numbers that a field stands for: ``*``, ``5``, ``1-5``, ``*/2``, ``1/3``, ``MON-FRI`` and lists of them."""
    found = set()
    for part in text.split(","):
        span, _slash, step = part.partition("/")
        first, _dash, last = ("", "-", "") if span == "*" else span.partition("-")
        start = low if span == "*" else _number(first, low, high, names)
        end = high if span == "*" or (step and not last) else _number(last or first, low, high, names)
        if end < start:
            raise ValueError(f"{part} runs backwards")
        found.update(range(start, end + 1, _number(step, 1, high) if step else 1))
    return found


def _number(text, low, high, names=None):
    value = (names or {}).get(text.upper()) or (int(text) if text.isdigit() else None)
    if value is None or not low <= value <= high:
        raise ValueError(f"{text} is not from {low} to {high}")
    return value


def _day_of_month(text):
    if text == "?":
        return lambda day: True
    if text == "L":
        return lambda day: day.day == _last(day)
    if text.endswith("W"):
        wanted = _number(text[:-1], 1, 31)
        return lambda day: day.day == _workday(day, wanted)
    fitting = _numbers(text, 1, 31)
    return lambda day: day.day in fitting


def _last(day):
    return monthrange(day.year, day.month)[1]


def _workday(day, wanted):
    """Return the working day of a month that is nearest to a day of it, without leaving the month."""
    last = _last(day)
    if wanted > last:
        return None
    weekday = day.replace(day=wanted).weekday()
    if weekday == 5:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 6:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted


def _weekday(day):
    return day.isoweekday() % 7 + 1  # AWS counts from Sunday, 1


def _day_of_week(text):
    if text == "?":
        return lambda day: True
    name, hash_sign, count = text.partition("#")
    if hash_sign:
        wanted, which = _number(name, 1, 7, _DAYS), _number(count, 1, 5)
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == which
    if text.endswith("L"):
        wanted = _number(text[:-1] or "SAT", 1, 7, _DAYS)
        return lambda day: _weekday(day) == wanted and day.day + 7 > _last(day)
    fitting = _numbers(text, 1, 7, _DAYS)
    return lambda day: _weekday(day) in fitting
