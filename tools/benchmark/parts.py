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

"""What is measured on one side: the stock Cinder's or the plugin's."""

import sys
import time

from cinder_backup_meta.tests.fullstack import population
from cinder_backup_meta.tests.fullstack import rest
from tools.benchmark import meter
from tools.benchmark import repository

_TIMEOUT = 900


def say(text):
    """Report the progress."""
    sys.stderr.write(f'{time.strftime("%H:%M:%S")} {text}\n')
    sys.stderr.flush()


class Side:
    """One Cinder and what is done with it."""

    def __init__(self, plane, stock):
        self._plane = plane
        self._name = f'{plane.name}, {"stock" if stock else "plugin"}'
        say(f'{self._name}: starting')
        self.cloud = plane.start(stock)
        self._meter = meter.Meter(plane, self.cloud)
        self._rest = rest.Rest(self.cloud.endpoint, self.cloud.token())
        self._warm_up(population.make(1, plane.host))

    def _warm_up(self, rows):
        """Do each thing once: what a service does only once is not meant."""
        population.insert(self.cloud, rows)
        self._back_and_forth(rows[0]['id'])
        self.lose()

    def _back_and_forth(self, backup_id):
        raise NotImplementedError

    def _measure(self, what, pages):
        """Measure the work that yields how many records each step did."""
        with self._meter.measure() as done:
            for number in pages:
                measured = done(number)
        say(f'{self._name}: {what}: {measured.rate:.1f}/s')
        return measured

    def _several(self, times, what, pages, prepare=lambda: None):
        found = []
        for _ in range(times):
            prepare()
            found.append(self._measure(what, pages()))
        return meter.middle(found)

    def lose(self):
        """Lose all backups."""
        population.lose(self.cloud)

    def _export_each(self, rows, records):
        """Export one after the other, into a list."""
        for row in rows:
            records.append(self._rest.export_one(row['id']))
            yield 1

    def _import_each(self, records):
        """Import one after the other."""
        for record in records:
            self._rest.import_one(*record)
            yield 1

    def _expect(self, number):
        found = population.count(self.cloud)
        if found != number:
            raise AssertionError(f'{found} backups instead of {number}')


class Stock(Side):
    """The unmodified Cinder: one record a call."""

    def __init__(self, plane):
        super().__init__(plane, stock=True)

    def _back_and_forth(self, backup_id):
        record = self._rest.export_one(backup_id)
        self.lose()
        self._rest.import_one(*record)
        self._wait_for(1)

    def export(self, rows):
        """Export each; return the measurement and the records."""
        population.insert(self.cloud, rows)
        records = []
        found = self._measure('export', self._export_each(rows, records))
        return found, records

    def import_(self, records):
        """Import each, until the last one is available."""
        self.lose()

        def each():
            yield from self._import_each(records)
            self._wait_for(len(records))
            yield 0

        return self._measure('import', each())

    def _wait_for(self, number):
        deadline = time.monotonic() + _TIMEOUT
        while population.count(self.cloud) < number:
            if time.monotonic() > deadline:
                raise AssertionError('records are still being imported')
            time.sleep(0.02)


class Plugin(Side):
    """Cinder with the plugin: many records a call."""

    def __init__(self, plane):
        super().__init__(plane, stock=False)

    def _back_and_forth(self, backup_id):
        self._rest.export_one(backup_id)
        for strings in list(self._rest.export_pages()):
            self.lose()
            list(self._rest.import_pages(strings, 'none'))

    def capture(self, rows):
        """Put the rows there and measure until the catalog has them all."""
        population.insert(self.cloud, rows)
        self._plane.restart_backup(self.cloud)

        def until_level():
            while behind := self._rest.status()['behind']:
                # To tell it, all of the backups are looked at.
                time.sleep(0.5)
                yield 0
                if behind > len(rows):
                    raise AssertionError(f'{behind} behind of {len(rows)}')
            yield len(rows)

        return self._measure('capture', until_level())

    def export(self, times=1):
        """Export all; return the measurement and the strings."""
        strings = []

        def pages():
            strings.clear()
            for page in self._rest.export_pages():
                strings.extend(page)
                yield len(page)

        return self._several(times, 'export', pages), strings

    def import_(self, strings, verify='none', times=1):
        """Import all, after all are lost."""
        found = self._several(
            times,
            f'import, verify {verify}',
            lambda: self._rest.import_pages(strings, verify),
            self.lose,
        )
        self._expect(len(strings))
        return found

    def export_singly(self, rows):
        """Export each in a call; return the measurement and the records."""
        records = []
        found = self._measure(
            'single export', self._export_each(rows, records)
        )
        return found, records

    def import_singly(self, records):
        """Import each in a call, after all are lost."""
        self.lose()
        # The first one builds the backup driver, which is kept.
        self._rest.import_one(*records[0])
        self.lose()
        found = self._measure('single import', self._import_each(records))
        self._expect(len(records))
        return found

    def write_repository(self, rows):
        """Write the data of the backups."""
        repository.write(self.cloud.path('backups'), rows)

    def recover(self, number, verify='none'):
        """Recover all, after all are lost."""
        self.lose()
        found = self._measure('recover', self._rest.recover_pages(verify))
        self._expect(number)
        return found

    def wait_until_level(self):
        """Wait until capture is idle and disturbs no measurement."""
        deadline = time.monotonic() + _TIMEOUT
        while self._rest.status()['behind']:
            if time.monotonic() > deadline:
                raise AssertionError('the catalog stays behind')
            time.sleep(0.2)
