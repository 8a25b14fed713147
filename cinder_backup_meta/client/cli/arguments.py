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

"""The arguments of the commands of both programs, with their help.

Each argument has the parameters of argparse's ``add_argument``. Both programs
load this module at each start, so it imports nothing.
"""

import typing

Argument = tuple[tuple[str, ...], dict[str, typing.Any]]


def _argument(*names: str, **settings: typing.Any) -> Argument:
    return names, settings


_PROJECT = _argument(
    '--project-id',
    metavar='<project-id>',
    help='Only backups of this project.',
)
_VOLUME = _argument(
    '--volume-id', metavar='<volume-id>', help='Only backups of this volume.'
)
_FILTERS = (
    _PROJECT,
    _VOLUME,
    _argument('--name', metavar='<name>', help='Only backups with this name.'),
    _argument(
        '--service',
        metavar='<service>',
        help='Only backups made with this backup driver, such as '
        'cinder.backup.drivers.posix.PosixBackupDriver.',
    ),
    _argument(
        '--created-since',
        metavar='<time>',
        help='Only backups made at this time or later, such as '
        '2026-01-31T12:00:00Z.',
    ),
    _argument(
        '--created-before',
        metavar='<time>',
        help='Only backups made before this time.',
    ),
)
_IDS = _argument(
    '--id',
    metavar='<backup-id>',
    dest='ids',
    action='append',
    help='Only this backup; can be repeated.',
)
_QUIET = _argument(
    '--quiet',
    action='store_true',
    dest='no_progress',
    help='Do not show the progress.',
)
_DRY_RUN = _argument(
    '--dry-run',
    action='store_true',
    help='Show what would be done, without changing anything.',
)
_VERIFY = _argument(
    '--verify',
    choices=('exists', 'none'),
    help='How to check that the repository has the data of the backups '
    '(default: as configured in the service).',
)
_ALLOW_MISSING_KEY = _argument(
    '--allow-missing-key',
    action='store_true',
    help='Accept encryption keys that this cloud does not have yet.',
)
_IGNORE_UNKNOWN = _argument(
    '--ignore-unknown',
    action='store_true',
    help='Import records with keys that the service does not know without '
    'these keys, as Cinder does, instead of refusing them.',
)
_IMPORT = (
    _DRY_RUN,
    _argument(
        '--on-conflict',
        choices=('skip', 'fail'),
        help='What to do if a record cannot be imported: skip it, or stop '
        'and import nothing of its page (default: skip).',
    ),
    _argument(
        '--owner',
        choices=('importer', 'record'),
        help='The owner of the imported backups: the user who imports them, '
        'or the owner named in the records (default: importer).',
    ),
    _argument(
        '--project-map',
        metavar='<old>=<new>',
        dest='projects',
        action='append',
        help='With --owner record, the project that replaces a project of '
        'the records; can be repeated.',
    ),
    _argument(
        '--user-map',
        metavar='<old>=<new>',
        dest='users',
        action='append',
        help='The same for users; can be repeated.',
    ),
    _argument(
        '--quota',
        choices=('enforced', 'recounted'),
        help='Refuse what exceeds the quota of a project, or only count it '
        'as usage (default: enforced).',
    ),
    _argument(
        '--retain',
        action='store_true',
        help='Keep the data in the repository when an imported backup is '
        'deleted.',
    ),
    _VERIFY,
    _ALLOW_MISSING_KEY,
    _IGNORE_UNKNOWN,
    _QUIET,
)

RECORD_LIST = (
    *_FILTERS,
    _argument(
        '--parent-id',
        metavar='<backup-id>',
        help='Only backups that are incremental to this backup.',
    ),
    _argument(
        '--state',
        metavar='<state>',
        help='Only records in this state: current, missing or deleted; '
        'separate several with commas.',
    ),
    _argument(
        '--sort',
        metavar='<key>[:<direction>]',
        help='The sort order, such as size:desc,name:asc (default: '
        'created_at:desc).',
    ),
    _argument(
        '--limit',
        metavar='<number>',
        type=int,
        help='The maximum number of records to show.',
    ),
    _argument(
        '--marker',
        metavar='<backup-id>',
        help='Show the records after this backup.',
    ),
    _argument(
        '--long',
        action='store_true',
        help='Show more columns.',
    ),
)
RECORD_SHOW = (
    _argument('backup', metavar='<backup-id>', help='The ID of the backup.'),
)
RECORD_RECOVER = (
    *_FILTERS,
    _IDS,
    _DRY_RUN,
    _VERIFY,
    _ALLOW_MISSING_KEY,
    _IGNORE_UNKNOWN,
    _QUIET,
)
RECORD_IMPORT = (
    _argument(
        'service',
        metavar='<backup-service>',
        nargs='?',
        help='Ignored, because the record names its own service; accepted '
        'for compatibility with the command of openstackclient.',
    ),
    _argument(
        'record',
        metavar='<backup-metadata>',
        help='The record string that an export printed.',
    ),
    *_IMPORT[:-1],
)
BUNDLE_EXPORT = (
    _argument(
        'file',
        metavar='<file>',
        help='The bundle to write, compressed if the name ends with .zst; - '
        'for the standard output.',
    ),
    *_FILTERS,
    _argument(
        '--parent-id',
        metavar='<backup-id>',
        help='Only backups that are incremental to this backup.',
    ),
    _IDS,
    _argument(
        '--no-ancestors',
        action='store_false',
        dest='ancestors',
        help='Leave out the ancestors of selected backups unless they are '
        'selected too.',
    ),
    _argument(
        '--resume',
        action='store_true',
        help='Continue an export that was interrupted.',
    ),
    _argument(
        '--force',
        action='store_true',
        help='Replace an existing file, and discard what an interrupted '
        'export has left.',
    ),
    _QUIET,
)
BUNDLE_IMPORT = (
    _argument(
        'file',
        metavar='<file>',
        help='The bundle to read; - for the standard input.',
    ),
    *_IMPORT,
)
BUNDLE_SHOW = (
    _argument(
        'file',
        metavar='<file>',
        help='The bundle to read; - for the standard input.',
    ),
)
