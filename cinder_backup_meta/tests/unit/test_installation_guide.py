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

"""What the commands of the installation guide promise to who types them."""

import pathlib
import re

import testtools

import cinder_backup_meta

PAGES = sorted(
    (
        pathlib.Path(cinder_backup_meta.__file__).parents[1]
        / 'doc/source/install'
    ).glob('*.rst')
)
_BLOCK = re.compile(
    r'^( *)\.\. code-block:: console\n\n((?:\1   .*\n|\n)+)', re.MULTILINE
)
_STATUSES = ('creating', 'restoring', 'deleting')


def _commands(page):
    """Return the commands of a page, each in one line, and the output."""
    text = ''.join(match[2] for match in _BLOCK.finditer(page.read_text()))
    lines = text.replace('\\\n', ' ').splitlines()
    return [' '.join(line.split()) for line in lines if line.strip()]


class TestCommands(testtools.TestCase):
    def test_there_are_some(self):
        self.assertLessEqual(
            {'cloud.rst', 'deployment.rst'},
            {page.name for page in PAGES if _commands(page)},
        )

    def test_each_names_the_configuration(self):
        for page in PAGES:
            for line in _commands(page):
                if re.match(r'[$#] .*cinder-backup-meta-', line):
                    self.assertIn('--config-file ', line, page.name)

    def test_variables_are_set_before_they_are_used(self):
        for page in PAGES:
            known = set()
            for line in _commands(page):
                for name in re.findall(r'\$([A-Z_]+)', line):
                    self.assertIn(name, known, f'{page.name}: {line}')
                known.update(re.findall(r'^\$ ([A-Z_]+)=', line))

    def test_each_status_to_wait_for_has_a_command(self):
        for page in PAGES:
            if 'until none of its backups is' in page.read_text():
                asked = '\n'.join(_commands(page))
                for status in _STATUSES:
                    self.assertIn(f'--status {status}\n', asked + '\n')

    def test_users_of_mysql_can_connect_from_everywhere(self):
        for page in PAGES:
            text = page.read_text()
            for verb in ('CREATE USER', 'GRANT ALL'):
                hosts = re.findall(rf"{verb} .*'@'(.+?)'", text)
                self.assertEqual(
                    hosts.count('%'), hosts.count('localhost'), page.name
                )
