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

"""The steps of the demonstration, one function each."""

import dataclasses
import hashlib
import json
import os
import time
import typing

from cinder_backup_meta.embedded.demo import cloud as demo_cloud
from cinder_backup_meta.embedded.demo import screen as demo_screen
from cinder_backup_meta.embedded import exception

_MIB = 1 << 20
_WAIT_TIMEOUT = 120
_BACKUP_COLUMNS = ('ID', 'Status', 'Name', 'Size', 'Object Count')
_VOLUME_COLUMNS = ('ID', 'Status', 'Name', 'Size')


@dataclasses.dataclass
class Story:
    """The state that the steps share.

    :ivar backups: the ids of the backups, in the order of their creation
    :ivar records: the exported record of each: its service and its metadata
    :ivar expected: the SHA-256 of the volume at its last backup
    :ivar found: the SHA-256 of the restored volume
    """

    cloud: demo_cloud.Cloud
    screen: demo_screen.Screen
    volume: str = ''
    backups: list[str] = dataclasses.field(default_factory=list)
    records: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    expected: str = ''
    found: str = ''

    def cinder(self, *arguments: str, keep: typing.Sequence[str] = ()) -> str:
        """Run the ``cinder`` command; show it and its result, trimmed."""
        self.screen.command(['cinder', *arguments])
        output = self.cloud.cinder(*arguments)
        if demo_screen.parse(output):
            self.screen.result(demo_screen.trim(output, keep))
        return output

    def manage(self, *arguments: str) -> None:
        """Run ``cinder-backup-meta-manage``; show it and its result."""
        program, *options = self.cloud.manage_command()
        self.screen.command([os.path.basename(program), *options, *arguments])
        self.screen.result(self.cloud.manage(*arguments).rstrip())

    def volume_file(self, volume: str) -> str:
        """Return the path of the file that holds a volume."""
        return self.cloud.path('volumes', f'volume-{volume}')

    def write(self, offset: int, size: int) -> None:
        """Write random data into the volume, as its guest would."""
        with open(self.volume_file(self.volume), 'r+b') as file:
            file.seek(offset)
            file.write(os.urandom(size))
        self.screen.result(
            f'{size // _MIB} MiB of random data written '
            f'{offset // _MIB} MiB from its start.'
        )

    def digest(self, volume: str) -> str:
        """Return the SHA-256 of a whole volume."""
        with open(self.volume_file(volume), 'rb') as file:
            return hashlib.file_digest(file, 'sha256').hexdigest()


def start(story: Story) -> None:
    story.screen.command(story.cloud.arguments)
    story.screen.result(story.cloud.start())


def create_volume(story: Story) -> None:
    output = story.cinder(
        'create',
        '1',
        '--name',
        'documents',
        keep=('id', 'name', 'size', 'status'),
    )
    story.volume = demo_screen.properties(output)['id']
    story.cloud.wait_for('volume', story.volume)


def write_data(story: Story) -> None:
    story.screen.result(f'It is the file {story.volume_file(story.volume)}')
    for offset in (0, 500 * _MIB):
        story.write(offset, 16 * _MIB)


def _back_up(story: Story, *options: str) -> None:
    output = story.cinder(
        'backup-create', *options, story.volume, keep=('id', 'name')
    )
    story.backups.append(demo_screen.properties(output)['id'])
    story.cloud.wait_for('backup', story.backups[-1])


def full_backup(story: Story) -> None:
    _back_up(story, '--name', 'monday')


def change_data(story: Story) -> None:
    story.write(8 * _MIB, 4 * _MIB)
    story.write(900 * _MIB, 4 * _MIB)
    story.expected = story.digest(story.volume)
    story.screen.result(f'SHA-256 of the volume: {story.expected}')


def incremental_backup(story: Story) -> None:
    _back_up(story, '--incremental', '--name', 'tuesday')
    story.cinder('backup-list', keep=_BACKUP_COLUMNS)


def export(story: Story) -> None:
    for backup in story.backups:
        values = demo_screen.properties(story.cinder('backup-export', backup))
        story.records.append((values['backup_service'], values['backup_url']))


def destroy(story: Story) -> None:
    story.cloud.stop()
    story.screen.result('Cinder is stopped.')
    volume = story.volume_file(story.volume)
    os.unlink(volume)
    for lost in (*story.cloud.lose_database(), volume):
        story.screen.result(f'Removed: {lost}')


def start_over(story: Story) -> None:
    start(story)
    for command, columns in (
        ('list', _VOLUME_COLUMNS),
        ('backup-list', _BACKUP_COLUMNS),
    ):
        if demo_screen.records(story.cinder(command, keep=columns)):
            raise exception.DemoError(f'"cinder {command}" is not empty')


def import_records(story: Story) -> None:
    for service, metadata in story.records:
        story.cinder('backup-import', service, metadata)


def look(story: Story) -> None:
    output = story.cinder('backup-list', keep=_BACKUP_COLUMNS)
    states = {
        each['ID']: each['Status'] for each in demo_screen.records(output)
    }
    if states != dict.fromkeys(story.backups, 'available'):
        raise exception.DemoError('the two backups are not back and available')


def restore(story: Story) -> None:
    output = story.cinder(
        'backup-restore', story.backups[-1], '--name', 'restored'
    )
    story.volume = demo_screen.properties(output)['volume_id']
    story.cloud.wait_for('volume', story.volume)
    story.cinder('list', keep=_VOLUME_COLUMNS)


def compare(story: Story) -> None:
    story.found = story.digest(story.volume)
    story.screen.result(
        f'before the loss: {story.expected}\nrestored:        {story.found}'
    )


def wait_for_catalog(story: Story) -> None:
    deadline = time.monotonic() + _WAIT_TIMEOUT
    arguments = ('catalog', 'status', '--format', 'json')
    while json.loads(story.cloud.manage(*arguments))['behind']:
        if time.monotonic() > deadline:
            raise exception.DemoError('the catalog is still behind')
        time.sleep(1)
    story.manage('catalog', 'status')


def recover(story: Story) -> None:
    story.manage('recover', '--dry-run')
    story.manage('recover')


#: The title of each step, its explanation, and its function.
STEPS: tuple[tuple[str, str, typing.Callable[[Story], None]], ...] = (
    (
        'Start Cinder with the plugin',
        'The real cinder-api, -scheduler, -volume and -backup in one process.',
        start,
    ),
    ('Create a volume', 'This volume will be lost.', create_volume),
    (
        'Write random data into it',
        'There is no other copy of it. A guest would write it this way.',
        write_data,
    ),
    (
        'Back it up in full',
        'Into the backup storage, which is a folder here.',
        full_backup,
    ),
    (
        'Change some of the data',
        'This is what the next backup adds.',
        change_data,
    ),
    (
        'Back up what has changed',
        'An incremental backup, which depends on the full one.',
        incremental_backup,
    ),
    (
        "Export both backups' records",
        'Keep these strings in a safe place: they describe where in the '
        'backup storage the backups are.',
        export,
    ),
    (
        "Destroy Cinder's database, and the volume",
        'The disaster. Only the backup storage is left.',
        destroy,
    ),
    (
        'Start over with an empty database',
        'Every byte is still in the backup storage, but Cinder knows of no '
        'backup.',
        start_over,
    ),
    (
        'Import the records, the full backup first',
        'The plugin checks each record and creates its backup again.',
        import_records,
    ),
    ('Look at the backups', 'Both are back, with their original ids.', look),
    (
        'Restore the incremental backup into a new volume',
        'This needs the data of both backups.',
        restore,
    ),
    ('Compare', 'The SHA-256 of the two volumes, each of 1 GiB.', compare),
    (
        'Look at the catalog',
        'The plugin has captured the record of every backup in a database '
        'of its own.',
        wait_for_catalog,
    ),
    (
        "Destroy Cinder's database and the volume once more",
        'This time nothing has been exported.',
        destroy,
    ),
    (
        'Start over with an empty database again',
        'The catalog is still there.',
        start_over,
    ),
    (
        'Recover all backups with one command',
        'First as a dry run, then for real.',
        recover,
    ),
    ('Look at the backups', 'Both are back once more.', look),
)
