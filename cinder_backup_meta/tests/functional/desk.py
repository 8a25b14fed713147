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

"""What the tests of the commands have in common: the real programs."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import uuid

import cinderclient
import fixtures

import cinder_backup_meta
from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests import samples

TIMEOUT = 600

CONTRIB = (
    pathlib.Path(cinder_backup_meta.__file__).parent
    / 'client/cinder/contrib/cinder_backup_meta.py'
)

#: No data stands behind the records, and there are many.
CONFIG = {
    'backup_meta': {'verify': 'none'},
    'DEFAULT': {'quota_backups': '-1', 'quota_backup_gigabytes': '-1'},
}


def path_of(program):
    """Return the path of a program that is installed with the tests."""
    return os.path.join(os.path.dirname(sys.executable), program)


class Programs(fixtures.Fixture):
    """cinderclient with our commands in the folder where it looks for them.

    A wheel has the file there; an editable installation, as the tests have
    it, installs no files beside the package. So cinderclient is copied.
    """

    def _setUp(self):
        self.folder = self.useFixture(fixtures.TempDir()).path
        copy = os.path.join(self.folder, 'cinderclient')
        shutil.copytree(os.path.dirname(cinderclient.__file__), copy)
        shutil.copy(CONTRIB, os.path.join(copy, 'v3', 'contrib'))
        self.useFixture(
            fixtures.EnvironmentVariable('PYTHONPATH', self.folder)
        )
        # Else the width of tables is that of whoever runs the tests.
        self.useFixture(fixtures.EnvironmentVariable('COLUMNS', '400'))


class DeskTestCase(base.RecordsTestCase):
    """Tests with the programs of the operator's desk."""

    settings = {'config': CONFIG}

    def setUp(self):
        super().setUp()
        self.programs = self.useFixture(Programs())
        self.folder = self.useFixture(fixtures.TempDir())

    def path(self, name='bundle'):
        return self.folder.join(name)

    def chain(self, length=3, **changes):
        """Return the records of a new chain, as a bundle has them."""
        volume_id = str(uuid.uuid4())
        entries = []
        for _ in range(length):
            parent_id = entries[-1].id if entries else None
            values = samples.record(
                **{
                    'id': str(uuid.uuid4()),
                    'parent_id': parent_id,
                    'volume_id': volume_id,
                    'size': 1,
                    **changes,
                }
            )
            entries.append(
                format.Entry(
                    values['id'],
                    parent_id,
                    samples.POSIX,
                    samples.encode(values),
                )
            )
        return entries

    def write(self, entries, name='in.bundle'):
        """Write a bundle; return its path."""
        with bundle.write(self.path(name), force=True) as writer:
            writer.add_page(entries, None)
            writer.finish()
        return self.path(name)

    def read(self, path):
        """Return the records of a bundle."""
        with bundle.read(path) as reader:
            return list(reader.entries())

    def arrived(self, entries):
        """Return those of the backups that are in Cinder."""
        ids = {
            row['id']
            for row in self.cloud.rows('backups')
            if not row['deleted']
        }
        return [entry for entry in entries if entry.id in ids]

    def start(self, program, *arguments):
        """Start a program, and leave it running."""
        process = subprocess.Popen(
            [
                'sh',
                '-c',
                '. "$0" && exec "$@"',
                self.cloud.path('openrc'),
                path_of(program),
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As at a terminal. Who runs the tests in the background has it
            # ignored, and what is ignored is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def interrupt_export(self, process, path):
        """Press Ctrl-C when an export has a page; return code and errors."""
        part = pathlib.Path(f'{path}.part')
        deadline = time.monotonic() + TIMEOUT
        while not (part.exists() and b'{"page": ' in part.read_bytes()):
            if time.monotonic() > deadline or process.poll() is not None:
                raise AssertionError(process.communicate())
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _output, errors = process.communicate(timeout=TIMEOUT)
        return process.returncode, errors


class Cinder:
    """The commands by the ``cinder`` program."""

    program = 'cinder'
    words = {
        'record list': ['backup-record-list'],
        'record show': ['backup-record-show'],
        'record recover': ['backup-record-recover'],
        'record import': ['backup-import'],
        'bundle export': ['backup-bundle-export'],
        'bundle import': ['backup-bundle-import'],
        'bundle show': ['backup-bundle-show'],
    }

    def call(self, command, *arguments, check=False):
        return self.cloud.cinder(*self.words[command], *arguments, check=check)

    def values(self, output):
        """Return what a table says, by property."""
        rows = [
            [cell.strip() for cell in line.strip('|').split('|')]
            for line in output.splitlines()
            if line.startswith('|')
        ]
        return {row[0]: row[1] for row in rows if len(row) == 2}


class OpenStack:
    """The commands by the ``openstack`` program."""

    program = 'openstack'
    words = {
        f'{noun} {verb}': ['volume', 'backup', noun, verb]
        for noun, verb in (
            ('record', 'list'),
            ('record', 'show'),
            ('record', 'recover'),
            ('record', 'import'),
            ('bundle', 'export'),
            ('bundle', 'import'),
            ('bundle', 'show'),
        )
    }

    def call(self, command, *arguments, check=False):
        return self.cloud.openstack(
            *self.words[command], *arguments, check=check
        )

    def json(self, command, *arguments, code=0):
        """Return what a command answers with as JSON."""
        found, output, errors = self.call(command, *arguments, '-f', 'json')
        self.assertEqual(code, found, errors)
        return json.loads(output)

    values = Cinder.values
