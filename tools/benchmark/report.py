# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""The measurements, as a table and as JSON."""

import importlib.metadata
import os
import platform

from tools.benchmark import planes

_MIB = 2**20
_EDGE = 10_000
# From here on nobody asks for a decimal place.
_PLAIN = 10
_TITLES = ('', 'records', 'per second', 'x stock', 'SQL each', 'peak MiB')
_WIDTHS = (38, 9, 12, 9, 10, 10)


def as_json(found, versions):
    """Return what the JSON file has."""
    return {
        'machine': {**machine(), **versions},
        'measurements': {
            plane: {name: _values(name, one, of) for name, one in of.items()}
            for plane, of in found.items()
        },
    }


def machine():
    """Return what it was measured on."""
    return {
        'processor': _processor(),
        'processors': os.cpu_count(),
        'memory MiB': os.sysconf('SC_PAGE_SIZE')
        * os.sysconf('SC_PHYS_PAGES')
        // _MIB,
        'system': platform.platform(),
        'Python': platform.python_version(),
        'Cinder': importlib.metadata.version('cinder'),
        'cinder-backup-meta': importlib.metadata.version('cinder-backup-meta'),
    }


def _processor():
    with open('/proc/cpuinfo') as stream:
        for line in stream:
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return platform.machine()


def ratio(name, found):
    """Return how many times the rate of stock Cinder this is, or None."""
    start, _, work = name.rpartition(': ')
    if start.startswith('data: '):
        stock = found.get(f'{start}: stock restore')
        return found[name].rate / stock.rate if work[:6] == 'replay' else None
    for word in ('export', 'import'):
        stock = found.get(f'stock {word}')
        if word in name and stock and not name.startswith('stock'):
            return found[name].rate / stock.rate
    return None


def edges(measured):
    """Return the rates of the first and the last 10,000, or None."""
    if measured.records < 2 * _EDGE or measured.largest_step > _EDGE:
        return None
    first = measured.rate_between(0, _EDGE)
    last = measured.rate_between(measured.records - _EDGE, measured.records)
    return first, last


def _values(name, measured, found):
    return {
        'records': measured.records,
        'seconds': measured.seconds,
        'rate': measured.rate,
        'times stock': ratio(name, found),
        'statements a record': measured.statements / measured.records,
        'peak bytes': measured.peak,
        'grown bytes': measured.grown,
        'processor seconds': measured.cpu,
        'rate of first and last 10000': edges(measured),
        'steps': measured.steps,
    }


def table(found):
    """Return the lines of the table."""
    lines = []
    for plane, measurements in found.items():
        lines += ['', plane, _row(*_TITLES)]
        for name, one in measurements.items():
            lines.append(_line(name, one, measurements))
        lines += _more(measurements)
    return lines


def _line(name, one, measurements):
    times = ratio(name, measurements)
    return _row(
        name,
        f'{one.records:,}',
        f'{one.rate:,.1f}',
        _times(times),
        f'{one.statements / one.records:.3f}',
        f'{_of_cinder(one.peak) / _MIB:.0f}',
    )


def _times(ratio):
    if not ratio:
        return ''
    return f'{ratio:,.1f}' if ratio < _PLAIN else f'{ratio:,.0f}'


def _of_cinder(sizes):
    return max(
        size for name, size in sizes.items() if name not in planes.SERVERS
    )


def _more(measurements):
    """Yield what each service used, and the rates at both ends."""
    lines = []
    for name, one in measurements.items():
        lines += ['', f'  {name}']
        lines.append(_each('grown by MiB', one.grown, _MIB, '.0f'))
        lines.append(_each('us a record', one.cpu, one.records / 1e6, '.0f'))
        if pair := edges(one):
            text = '    first and last 10,000: {:,.0f}/s, {:,.0f}/s'
            lines.append(text.format(*pair))
    return lines


def _each(title, values, unit, form):
    cells = [f'{name} {value / unit:{form}}' for name, value in values.items()]
    return f'    {title}: {", ".join(cells)}'


def _row(first, *cells):
    text = f'{first:<{_WIDTHS[0]}}'
    for cell, width in zip(cells, _WIDTHS[1:], strict=True):
        text += f'{cell:>{width}}'
    return text.rstrip()
