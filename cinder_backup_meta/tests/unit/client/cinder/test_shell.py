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

"""The commands in cinderclient's own parser."""

import contextlib
import importlib.util
import io

from cinderclient import api_versions
from cinderclient import extension
from cinderclient import shell
from cinderclient.v3 import shell as v3_shell
import testtools

from cinder_backup_meta.client.cinder.contrib import cinder_backup_meta
from cinder_backup_meta.client.cinder import shell as cinder_shell
from cinder_backup_meta.tests import samples


class TestParser(testtools.TestCase):
    def setUp(self):
        super().setUp()
        settings = v3_shell.do_backup_import.arguments[1][1]
        before = dict(settings)
        self.addCleanup(settings.update, before)
        self.addCleanup(settings.clear)
        self.found = extension.Extension('ours', cinder_backup_meta)
        self.shell = shell.OpenStackCinderShell()
        self.shell.extensions = [self.found]
        self.found.run_hooks('__pre_parse_args__')
        self.parser = self.shell.get_subcommand_parser(
            api_versions.APIVersion('3.0'), False, []
        )

    def parse(self, *arguments):
        args = self.parser.parse_args(arguments)
        self.found.run_hooks('__post_parse_args__', args)
        return args

    def refused(self, *arguments):
        """Return the exit code and the error output."""
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            error = self.assertRaises(SystemExit, self.parse, *arguments)
        return error.code, errors.getvalue()

    def test_every_command_is_there(self):
        names = {
            name.removeprefix('do_').replace('_', '-')
            for name in cinder_shell.__all__
            if name.startswith('do_')
        }
        self.assertEqual(6, len(names))
        self.assertLessEqual(names, set(self.shell.subcommands))
        for name in names:
            self.assertTrue(self.shell.subcommands[name].description)

    def test_import_of_the_record_alone(self):
        record = samples.encode(samples.record())
        args = self.parse('backup-import', record)
        self.assertEqual(samples.POSIX, args.backup_service)
        self.assertEqual(record, args.backup_url)
        self.assertIs(v3_shell.do_backup_import, args.func)

    def test_import_with_the_service_stays(self):
        args = self.parse('backup-import', 'any', 'thing')
        self.assertEqual(
            ('any', 'thing'), (args.backup_service, args.backup_url)
        )

    def test_record_alone_that_can_not_be_read(self):
        code, said = self.refused('backup-import', 'AAAA')
        self.assertEqual(2, code)
        self.assertIn('[record_not_json]', said)

    def test_record_alone_without_service(self):
        record = samples.encode(samples.record(service=None))
        code, said = self.refused('backup-import', record)
        self.assertEqual(2, code)
        self.assertIn('service', said)

    def test_another_import_of_a_later_release_is_left_alone(self):
        others = [
            (('backup_service',), {}),
            (('backup_url',), {}),
            (('--more',), {}),
        ]
        ours = v3_shell.do_backup_import.arguments
        self.addCleanup(setattr, v3_shell.do_backup_import, 'arguments', ours)
        v3_shell.do_backup_import.arguments = others
        self.found.run_hooks('__pre_parse_args__')
        self.assertEqual({}, others[1][1])

    def test_arguments(self):
        args = self.parse(
            'backup-bundle-export', '--id', 'a', '--id', 'b', '--force', 'f'
        )
        self.assertEqual(['a', 'b'], args.ids)
        self.assertTrue(args.force)
        self.assertTrue(args.ancestors)
        self.assertFalse(args.no_progress)
        self.assertEqual('f', args.file)


class TestContrib(testtools.TestCase):
    def test_loaded_as_cinderclient_loads_it(self):
        spec = importlib.util.spec_from_file_location(
            'cinder_backup_meta', cinder_backup_meta.__file__
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.assertIs(
            cinder_shell.do_backup_bundle_show, module.do_backup_bundle_show
        )
