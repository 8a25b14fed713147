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

"""Files of the INI kind, as the stubs of devstack's functions need them.

Run as a program: ``ini_file.py ACTION FILE SECTION OPTION [VALUE ...]``.
"""

import pathlib
import re
import sys


def options(path):
    """Return what a file says, each as (section, option, value)."""
    section, found = None, []
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith('['):
            section = line.strip('[] ')
        elif re.match(r'\w[^=]*=', line):
            option, _, value = line.partition('=')
            found.append((section, option.strip(), value.strip()))
    return found


def _values(path, section, option):
    return [
        value
        for found, name, value in options(path)
        if (found, name) == (section, option)
    ]


def _without(lines, section, option):
    """Return the lines without those that set an option."""
    current, left = None, []
    for line in lines:
        if line.startswith('['):
            current = line.strip('[] ')
        if current != section or not re.match(rf'{option}[ \t]*=', line):
            left.append(line)
    return left


def replace(path, section, option, values):
    """Let an option have these values, and none of those before."""
    file = pathlib.Path(path)
    lines = file.read_text().splitlines() if file.exists() else []
    lines = _without(lines, section, option)
    if f'[{section}]' not in lines:
        lines += ['', f'[{section}]']
    place = lines.index(f'[{section}]') + 1
    lines[place:place] = [f'{option} = {value}' for value in values]
    file.write_text('\n'.join(lines) + '\n')


def main(action, path, section, option, *values):
    if action == 'get':
        print(*_values(path, section, option))
    elif action == 'delete':
        lines = pathlib.Path(path).read_text().splitlines()
        pathlib.Path(path).write_text(
            '\n'.join(_without(lines, section, option)) + '\n'
        )
    else:
        replace(path, section, option, values)


if __name__ == '__main__':
    main(*sys.argv[1:])
