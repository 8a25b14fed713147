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

"""Measure the plugin beside the unmodified Cinder, in one run.

Both keep the same rows, on the same machine, one after the other. What stock
Cinder does is done with fewer records, as it would take hours; it is the rate
that is compared.
"""

import argparse
import contextlib
import json
import pathlib
import sys

from cinder_backup_meta.tests.fullstack import programs
from tools.benchmark import parts
from tools.benchmark import plan
from tools.benchmark import planes
from tools.benchmark import report

_QUICK = {
    'few': 100,
    'many': 2000,
    'stock_imports': 20,
    'repeat': 1,
    'volume': 1,
    'increments': 3,
}


def _parser():
    parser = argparse.ArgumentParser(
        prog='tools/bench', description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add('--json', type=pathlib.Path, metavar='FILE', help='where to write it')
    add('--quick', action='store_true', help='with few records, for a try')
    add('--few', type=int, default=1000, help='records on both sides')
    add('--many', type=int, default=100_000, help="on the plugin's alone")
    add('--stock-imports', type=int, default=200, metavar='NUMBER')
    add(
        '--repeat',
        type=int,
        default=3,
        help='times to do the few; the median is taken',
    )
    add(
        '--volume',
        type=int,
        default=2,
        metavar='GIB',
        help='size of the volume whose data is measured',
    )
    add('--increments', type=int, default=30, help='backups on its full one')
    add('--threads', type=int, default=2, help='of the data engine')
    add('--planes', nargs='+', choices=planes.PLANES, default=[*planes.PLANES])
    add('--parts', nargs='+', choices=plan.PARTS, default=[*plan.PARTS])
    return parser


def _options(argv):
    options = _parser().parse_args(argv)
    if options.quick:
        vars(options).update(_QUICK)
    options.planes = [
        name
        for name in options.planes
        if {*planes.PLANES[name].parts} & {*options.parts}
    ]
    return options


def _measure(options):
    found, versions = {}, {}
    for name in options.planes:
        with contextlib.ExitStack() as fixtures:
            plane = planes.PLANES[name](fixtures)
            found[plane.name] = plan.run(plane, options)
            versions.update(plane.versions())
    return found, versions


def main(argv=None):
    """Measure, print the table, write the JSON."""
    options = _options(argv)
    missing = programs.missing()
    if missing and {*options.planes} - {'embedded'}:
        parts.say(f'bench: {missing}, or leave it out by --planes embedded')
        return 1
    found, versions = _measure(options)
    values = report.as_json(found, versions)
    for name, value in values['machine'].items():
        print(f'{name}: {value}')
    print('\n'.join(report.table(found)))
    if options.json:
        options.json.write_text(json.dumps(values, indent=1) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
