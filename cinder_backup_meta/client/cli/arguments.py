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

"""The arguments of the commands, once for both programs.

Each is what ``add_argument`` of argparse takes. Both programs load this module
whenever they start, so it imports nothing.
"""

import typing

Argument = tuple[tuple[str, ...], dict[str, typing.Any]]


def _of(*names: str, **settings: typing.Any) -> Argument:
    return names, settings


_PROJECT = _of(
    '--project-id', metavar='<project-id>', help='Only those of this project.'
)
_VOLUME = _of(
    '--volume-id', metavar='<volume-id>', help='Only those of this volume.'
)
_FILTERS = (
    _PROJECT,
    _VOLUME,
    _of('--name', metavar='<name>', help='Only those with this name.'),
    _of(
        '--service',
        metavar='<service>',
        help='Only those of this backup driver, such as '
        'cinder.backup.drivers.posix.PosixBackupDriver.',
    ),
    _of(
        '--created-since',
        metavar='<time>',
        help='Only backups made at that time or later, such as '
        '2026-01-31T12:00:00Z.',
    ),
    _of(
        '--created-before',
        metavar='<time>',
        help='Only backups made before that time.',
    ),
)
_IDS = _of(
    '--id',
    metavar='<backup-id>',
    dest='ids',
    action='append',
    help='Only this backup; may be given many times.',
)
_QUIET = _of(
    '--quiet',
    action='store_true',
    dest='no_progress',
    help='Do not show how far it is.',
)
_DRY_RUN = _of(
    '--dry-run',
    action='store_true',
    help='Tell what would come of it, and change nothing.',
)
_VERIFY = _of(
    '--verify',
    choices=('exists', 'none'),
    help='How far to look whether the repository holds the backups '
    '(default: as the service is configured).',
)
_ALLOW_MISSING_KEY = _of(
    '--allow-missing-key',
    action='store_true',
    help='Accept encryption keys that this cloud does not have yet.',
)
_IMPORT = (
    _DRY_RUN,
    _of(
        '--on-conflict',
        choices=('skip', 'fail'),
        help='What to do where a record can not be imported: leave it out, '
        'or stop and import nothing of its page (default: skip).',
    ),
    _of(
        '--owner',
        choices=('importer', 'record'),
        help='Who will own the backups: who imports them, or whom the records '
        'name (default: importer).',
    ),
    _of(
        '--project-map',
        metavar='<old>=<new>',
        dest='projects',
        action='append',
        help='With --owner record, the project to take in the place of '
        'another; may be given many times.',
    ),
    _of(
        '--user-map',
        metavar='<old>=<new>',
        dest='users',
        action='append',
        help='The same for users.',
    ),
    _of(
        '--quota',
        choices=('enforced', 'recounted'),
        help='Refuse what exceeds the quota of a project, or only count it '
        '(default: enforced).',
    ),
    _of(
        '--retain',
        action='store_true',
        help='Keep the data in the repository when an imported backup is '
        'deleted.',
    ),
    _VERIFY,
    _ALLOW_MISSING_KEY,
    _QUIET,
)

RECORD_LIST = (
    *_FILTERS,
    _of(
        '--parent-id',
        metavar='<backup-id>',
        help='Only those that are incremental to this backup.',
    ),
    _of(
        '--state',
        metavar='<state>',
        help='Only those in this state: current, missing or deleted; several '
        'are separated by commas.',
    ),
    _of(
        '--sort',
        metavar='<key>[:<direction>]',
        help='The order, such as size:desc,name:asc (default: '
        'created_at:desc).',
    ),
    _of(
        '--limit',
        metavar='<number>',
        type=int,
        help='How many to show at most.',
    ),
    _of(
        '--marker',
        metavar='<backup-id>',
        help='Begin after this backup.',
    ),
    _of(
        '--long',
        action='store_true',
        help='Show more columns.',
    ),
)
RECORD_SHOW = (_of('backup', metavar='<backup-id>', help='The backup.'),)
RECORD_RECOVER = (
    *_FILTERS,
    _IDS,
    _DRY_RUN,
    _VERIFY,
    _ALLOW_MISSING_KEY,
    _QUIET,
)
RECORD_IMPORT = (
    _of(
        'service',
        metavar='<backup-service>',
        nargs='?',
        help='Not needed, for the record names its own service; taken for '
        'the sake of what was written for another command.',
    ),
    _of(
        'record',
        metavar='<backup-metadata>',
        help='The record string that an export has printed.',
    ),
    *_IMPORT[:-1],
)
BUNDLE_EXPORT = (
    _of(
        'file',
        metavar='<file>',
        help='The bundle to write, compressed if the name ends with .zst; - '
        'is the standard output.',
    ),
    *_FILTERS,
    _of(
        '--parent-id',
        metavar='<backup-id>',
        help='Only those that are incremental to this backup.',
    ),
    _IDS,
    _of(
        '--no-ancestors',
        action='store_false',
        dest='ancestors',
        help='Leave out what a selected backup builds on if it is not '
        'selected itself.',
    ),
    _of(
        '--resume',
        action='store_true',
        help='Go on with an export that was interrupted.',
    ),
    _of(
        '--force',
        action='store_true',
        help='Replace the file if it is there, and discard what an '
        'interrupted export has left.',
    ),
    _QUIET,
)
BUNDLE_IMPORT = (
    _of(
        'file',
        metavar='<file>',
        help='The bundle to read; - is the standard input.',
    ),
    *_IMPORT,
)
BUNDLE_SHOW = (
    _of(
        'file',
        metavar='<file>',
        help='The bundle to read; - is the standard input.',
    ),
)
