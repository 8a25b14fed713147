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

"""Text that somebody else has written, on its way to people."""

import io
import logging
import pathlib
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from oslo_log import formatters
import testtools

import cinder_backup_meta
from cinder_backup_meta import exception
from cinder_backup_meta import log
from cinder_backup_meta import quoting
from cinder_backup_meta import reasons

#: A line break, a sequence of a terminal, a change of the direction of
#: writing, and more of what must not arrive as it is.
HOSTILE = 'a\nb\r\x1b[31m\u202e\u2066\u2028\x85\x00\x7f\ud800\u200b'

ROOT = pathlib.Path(cinder_backup_meta.__file__).parent


class TestQuote(testtools.TestCase):
    def test_nothing_that_can_forge_is_left(self):
        quoted = quoting.quote(HOSTILE)
        self.assertTrue(quoted.isprintable())
        self.assertEqual('a\\nb\\r\\x1b[31m\\u202e', quoted[:20])

    @given(st.text())
    def test_any_text(self, text):
        quoted = quoting.quote(text)
        categories = {
            unicodedata.category(one)[0] for one in quoted if one != ' '
        }
        self.assertEqual(set(), categories & {'C', 'Z'})
        self.assertEqual(quoted, quoting.quote(quoted))
        if text.isprintable():
            self.assertEqual(text, quoted)

    def test_other_objects(self):
        self.assertEqual('a\\nb', quoting.quote(ValueError('a\nb')))

    def test_limit(self):
        self.assertEqual('x' * 300 + '...', quoting.quote('x' * 301, 300))
        self.assertEqual('x' * 300, quoting.quote('x' * 300, 300))

    def test_all_texts_of_a_structure(self):
        self.assertEqual(
            {'a\\n': ['b\\n', 1, None, {'c\\n': True}]},
            quoting.quote_all({'a\n': ['b\n', 1, None, {'c\n': True}]}),
        )


class TestExceptions(testtools.TestCase):
    def test_messages_are_quoted(self):
        for error in (
            exception.Refused(reasons.Reason.HOST_FAILED, HOSTILE),
            exception.RecordRefused(
                reasons.Reason.UNKNOWN_FIELD, 'x', HOSTILE
            ),
            exception.NoHost(hosts=ValueError(HOSTILE)),
        ):
            self.assertTrue(str(error).isprintable(), ascii(str(error)))
            for value in error.kwargs.values():
                self.assertTrue(str(value).isprintable())

    def test_code_stays_a_code(self):
        error = exception.Refused(reasons.Reason.HOST_FAILED, 'x')
        self.assertIs(reasons.Reason.HOST_FAILED, error.kwargs['code'])


class TestLoggers(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.logger = log.getLogger('cinder_backup_meta.test_of_quoting')
        self.stream = io.StringIO()
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(formatters.ContextFormatter())
        self.logger.logger.addHandler(handler)
        self.addCleanup(self.logger.logger.removeHandler, handler)

    def lines(self):
        lines = self.stream.getvalue().splitlines()
        for line in lines:
            self.assertTrue(line.isprintable(), ascii(line))
        return lines

    def test_arguments_of_any_form(self):
        self.logger.error('%s is %d', HOSTILE, 7)
        self.logger.error('%(a)s and %(b)s', {'a': HOSTILE, 'b': None})
        self.logger.error('%s', ValueError(HOSTILE))
        self.assertEqual(3, len(self.lines()))

    def test_traceback(self):
        try:
            try:
                raise KeyError(HOSTILE)
            except KeyError as error:
                raise ValueError(HOSTILE) from error
        except ValueError:
            self.logger.exception('It failed.')
        text = '\n'.join(self.lines())
        self.assertIn('test_quoting.py', text)
        self.assertIn('ValueError: a\\nb', text)
        self.assertIn('KeyError: ', text)
        self.assertIn('direct cause', text)

    def test_everybody_uses_them(self):
        wrong = [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob('*.py')
            if path.relative_to(ROOT).parts[0] not in ('tests', 'embedded')
            and path.name != 'log.py'
            and 'oslo_log' in path.read_text()
        ]
        self.assertEqual([], wrong)
