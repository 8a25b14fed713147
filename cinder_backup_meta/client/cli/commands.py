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

"""The work of the commands, shared by both programs.

Each function takes the cloud and the parsed arguments of
:mod:`cinder_backup_meta.client.cli.arguments`.
"""

import argparse
from collections.abc import Iterator
import contextlib
import os
import sys

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import journal
from cinder_backup_meta.client.cli import exits
from cinder_backup_meta.client.cli import progress
from cinder_backup_meta.client import errors
from cinder_backup_meta.client import exports
from cinder_backup_meta.client import imports
from cinder_backup_meta.client import report
from cinder_backup_meta.client import rest
from cinder_backup_meta import quoting
from cinder_backup_meta import reasons

Arguments = argparse.Namespace

_FILTERS = (
    'project_id',
    'volume_id',
    'name',
    'service',
    'created_since',
    'created_before',
)
_LIST = (*_FILTERS, 'parent_id', 'state', 'sort', 'marker')
_EXPORT = (*_FILTERS, 'parent_id', 'ids')
_RECOVER_FLAGS = ('dry_run', 'allow_missing_key', 'ignore_unknown')
_IMPORT_FLAGS = ('retain', *_RECOVER_FLAGS)
_RECOVER = (*_FILTERS, 'ids', 'verify')
_IMPORT = ('on_conflict', 'owner', 'quota', 'verify')


def list_records(
    cloud: rest.Records, arguments: Arguments
) -> Iterator[rest.Item]:
    """Yield the records of the catalog."""
    if arguments.limit is not None and arguments.limit < 1:
        raise exits.UsageError(detail='--limit must be 1 or more')
    return cloud.list(
        detail=arguments.long,
        limit=arguments.limit,
        **_pick(arguments, _LIST),
    )


def recover(cloud: rest.Records, arguments: Arguments) -> report.Report:
    """Recover the backups that Cinder has lost, or plan it."""
    with _shown(arguments) as show, _repeatable(show, arguments) as on_page:
        return imports.recover(
            cloud,
            show,
            on_page,
            **_pick(arguments, _RECOVER),
            **_flags(arguments, *_RECOVER_FLAGS),
        )


def import_bundle(cloud: rest.Records, arguments: Arguments) -> report.Report:
    """Import a bundle, or plan it."""
    options = _import_options(arguments)
    with _shown(arguments) as show, _repeatable(show, arguments) as on_page:
        return imports.import_bundle(
            cloud, arguments.file, show, on_page, **options
        )


def import_record(cloud: rest.Records, arguments: Arguments) -> report.Report:
    """Import a single record, or plan it."""
    return imports.import_records(
        cloud, [arguments.record], 1, **_import_options(arguments)
    )


def export_bundle(cloud: rest.Records, arguments: Arguments) -> exports.Result:
    """Export into a bundle."""
    selection = _pick(arguments, _EXPORT)
    if not arguments.ancestors:
        selection['ancestors'] = False
    try:
        with _shown(arguments) as show, _resumable(arguments.file):
            return exports.export_bundle(
                cloud,
                arguments.file,
                force=arguments.force,
                resume=arguments.resume,
                progress=show,
                **selection,
            )
    except ValueError as error:
        raise exits.UsageError(detail=str(error)) from None


@contextlib.contextmanager
def _resumable(file: str) -> Iterator[None]:
    """Print how to continue if an export is interrupted."""
    part = file + journal.SUFFIX
    try:
        yield
    except BaseException as error:
        # What the export itself has refused cannot be continued.
        refused = isinstance(error, errors.BundleRefused) and (
            error.code != reasons.Reason.BUNDLE_UNWRITABLE
        )
        if file != bundle.STDOUT and os.path.exists(part) and not refused:
            sys.stderr.write(
                f'What was exported so far is in {quoting.quote(part)}; run '
                'the same command '
                'with --resume to continue.\n'
            )
        raise


@contextlib.contextmanager
def _repeatable(
    show: progress.Progress, arguments: Arguments
) -> Iterator[imports.OnPage]:
    """Print how to continue if an import or a recovery is interrupted."""
    pages = 0

    def on_page(_outcomes: list[rest.Item]) -> None:
        nonlocal pages
        pages += 1

    try:
        yield on_page
    except BaseException:
        show.close()
        if pages and not arguments.dry_run:
            sys.stderr.write(
                'What was done so far remains; run the same command again to '
                'complete it.\n'
            )
        raise


@contextlib.contextmanager
def _shown(arguments: Arguments) -> Iterator[progress.Progress]:
    show = progress.choose(arguments.no_progress)
    try:
        yield show
    finally:
        show.close()


def _import_options(arguments: Arguments) -> rest.Item:
    options = _pick(arguments, _IMPORT)
    options.update(_flags(arguments, *_IMPORT_FLAGS))
    for name in ('projects', 'users'):
        pairs = getattr(arguments, name)
        if pairs and arguments.owner != 'record':
            raise exits.UsageError(
                detail='--project-map and --user-map need --owner record'
            )
        if pairs:
            options[name] = dict(map(_pair, pairs))
    return options


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition('=')
    if not (old and equals and new):
        raise exits.UsageError(detail=f'{text} is not of the form OLD=NEW')
    return old, new


def _pick(arguments: Arguments, names: tuple[str, ...]) -> rest.Item:
    """Return the arguments that were given."""
    values = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _flags(arguments: Arguments, *names: str) -> rest.Item:
    """Return the flags that are set; the others are left to the service."""
    return {name: True for name in names if getattr(arguments, name)}
