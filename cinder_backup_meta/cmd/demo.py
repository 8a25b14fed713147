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

"""cinder-backup-meta-demo: lose a volume with its database and restore it."""

import argparse
import os
import shutil
import sys
import tempfile
import time
import typing

from cinder_backup_meta.embedded.demo import cloud as demo_cloud
from cinder_backup_meta.embedded.demo import screen as demo_screen
from cinder_backup_meta.embedded.demo import story as demo_story
from cinder_backup_meta.embedded import exception

PROGRAM = 'cinder-backup-meta-demo'

_INTRODUCTION = """\
A volume is backed up, lost together with Cinder's database, and restored
from the exported records of its backups. Then everything is lost again, and
is recovered from the plugin's catalog. This takes about a minute, longer on a
busy machine. Long values are shortened, with their length [in brackets], and
some rows and columns of the tables are left out."""

_KEPT = """\
Cinder keeps running. To try it, in another terminal:
    {path}. {folder}/openrc
    cinder backup-list
    cinder backup-export {backup}
    openstack volume backup list     # if python-openstackclient is installed
Its volumes are the files in {folder}/volumes, its log is {folder}/cinder.log.
Ctrl-C stops it{removed}."""

_NEXT = """\
What to try next:
    {folder}cinder-backup-meta-demo --keep
        the same, and Cinder keeps running for you to try it
    {folder}cinder-backup-meta-embedded --state-dir DIR
        a Cinder of your own, empty"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description='Show a volume being lost with the database of Cinder '
        'and restored from the exported records of its backups. Everything '
        'runs on this machine, without root; nothing outside the state folder '
        'is touched.',
    )
    add = parser.add_argument
    add(
        '--keep',
        action='store_true',
        help='keep Cinder running at the end, until Ctrl-C',
    )
    add(
        '--state-dir',
        metavar='DIR',
        help='use this folder, which must be empty or not exist, and keep it '
        '(default: a temporary folder, removed at the end)',
    )
    return parser


def _folder(chosen: str | None) -> str:
    """Create the state folder.

    :raises DemoError: if it is not empty; the demo could destroy its content
    """
    if chosen is None:
        return tempfile.mkdtemp(prefix='cinder-backup-meta-demo-')
    try:
        os.makedirs(chosen, mode=0o700, exist_ok=True)
        if os.listdir(chosen):
            raise exception.DemoError(
                f'the folder {chosen} is not empty, and the demo destroys '
                'its content: choose another'
            )
    except OSError as problem:
        raise exception.DemoError(
            f'the folder {chosen} cannot be used ({problem.strerror}): '
            'choose another'
        ) from problem
    return os.path.abspath(chosen)


def _go_through(story: demo_story.Story) -> bool:
    """Go through the steps; return whether the data was restored."""
    begun = time.monotonic()
    for what, why, function in demo_story.STEPS:
        story.screen.step(what, why)
        function(story)
    same = story.found == story.expected
    story.screen.say(
        f'\n{"PASS" if same else "FAIL"}: the restored volume '
        f'{"is identical to" if same else "differs from"} the lost one '
        f'(after {time.monotonic() - begun:.0f} s)\n'
        f'    lost:     SHA-256 {story.expected}\n'
        f'    restored: SHA-256 {story.found}'
    )
    return same


def _missing_on_path() -> str:
    """Return the folder of the programs, empty if it is on the PATH."""
    folder = os.path.dirname(demo_cloud.program('cinder'))
    return '' if folder in os.get_exec_path() else folder


def _keep(story: demo_story.Story, temporary: bool) -> None:
    folder = _missing_on_path()
    story.screen.say(
        '\n'
        + _KEPT.format(
            folder=story.cloud.folder,
            backup=story.backups[-1],
            path=f'PATH={folder}:$PATH\n    ' if folder else '',
            removed=' and removes the folder' if temporary else '',
        )
    )
    try:
        story.cloud.wait()
    except KeyboardInterrupt:
        story.screen.say('Stopping.')


def _run(story: demo_story.Story, arguments: argparse.Namespace) -> int:
    story.screen.say(_INTRODUCTION)
    if not _go_through(story):
        return 1
    if arguments.keep:
        _keep(story, arguments.state_dir is None)
    else:
        folder = os.path.join(_missing_on_path(), '')
        story.screen.say('\n' + _NEXT.format(folder=folder))
    return 0


def _run_in(folder: str, arguments: argparse.Namespace) -> int:
    """Run the demonstration in a state folder; return the exit code."""
    story = demo_story.Story(
        demo_cloud.Cloud(folder), demo_screen.Screen(len(demo_story.STEPS))
    )
    try:
        return _run(story, arguments)
    except exception.DemoError as problem:
        story.screen.say(problem.detail.rstrip())
        story.screen.say(
            f'\nFAIL: {problem}\n    the log of Cinder: {story.cloud.log}'
        )
        return 1
    finally:
        story.cloud.stop()


def main(argv: typing.Sequence[str] | None = None) -> int:
    """Run the demonstration.

    :returns: the exit code: 0 if the restored data is identical
    """
    arguments = _parser().parse_args(argv)
    try:
        folder = _folder(arguments.state_dir)
    except exception.DemoError as problem:
        sys.stderr.write(f'{PROGRAM}: error: {problem}\n')
        return 1
    code = 130
    try:
        code = _run_in(folder, arguments)
    except KeyboardInterrupt:
        print('\nInterrupted.')
    finally:
        # After a failure the user may want to see the log.
        if arguments.state_dir is None and code != 1:
            shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == '__main__':
    sys.exit(main())
