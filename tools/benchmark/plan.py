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

"""What is measured, in which order, and what is compared."""

from cinder_backup_meta.tests.fullstack import population
from tools.benchmark import data
from tools.benchmark import parts

#: The parts that can be left out.
PARTS = ('stock', 'few', 'single', 'many', 'data')

# cinder-backup begins with loading all of the backups of its own name, which
# would be taken for something that the plugin does.
_NOT_HERE = 'another-host'


def run(plane, options):
    """Measure one way of running Cinder.

    :returns: the measurements by their names, in the order of the table
    """
    found = {}
    wanted = [name for name in options.parts if name in plane.parts]
    if {*wanted} - {'data'}:
        found |= _records(plane, options, wanted)
    if 'data' in wanted:
        found |= data.measure(plane, options)
    return found


def _records(plane, options, wanted):
    found = {}
    plugin = parts.Plugin(plane)
    if 'stock' in wanted:
        found |= _stock(parts.Stock(plane), plane, options)
    if 'few' in wanted:
        found |= _few(plugin, plane, options)
    if 'single' in wanted:
        found |= _single(plugin, plane, options)
    if 'many' in wanted:
        found |= _many(plugin, plane, options)
    return found


def _stock(side, plane, options):
    rows = population.make(options.few, plane.host)
    exported, records = side.export(rows)
    # As stock Cinder imports some seven a second, fewer have to do.
    imported = side.import_(records[: options.stock_imports])
    return {'stock export': exported, 'stock import': imported}


def _few(side, plane, options):
    rows = population.make(options.few, plane.host)
    side.write_repository(rows)
    population.insert(side.cloud, rows)
    exported, strings = side.export(options.repeat)
    found = {'export': exported}
    for verify in ('none', 'exists'):
        found[f'import, verify {verify}'] = side.import_(
            strings, verify, options.repeat
        )
    side.lose()
    return found


def _single(side, plane, options):
    rows = population.make(options.few, plane.host)
    side.write_repository(rows)
    population.insert(side.cloud, rows)
    exported, records = side.export_singly(rows)
    found = {'single export': exported}
    found['single import, verify exists'] = side.import_singly(records)
    side.lose()
    return found


def _many(side, plane, options):
    rows = population.make(options.many, _NOT_HERE)
    found = {'many: capture': side.capture(rows)}
    found['many: export'], strings = side.export()
    found['many: import, verify none'] = side.import_(strings)
    side.wait_until_level()
    found['many: recover'] = side.recover(options.many)
    return found
