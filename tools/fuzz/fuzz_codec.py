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

"""The codec under libFuzzer: one input, read in every way.

Started by :mod:`tools.fuzz.run`, with the options of
libFuzzer. Whatever but a refusal leaves the codec, or takes too long, is a
crash.
"""

import base64
import json
import os
import pathlib
import sys
import time
import zlib

import atheris

# The codec is what the fuzzer is to find its way through, not what tests it.
with atheris.instrument_imports(
    include=['cinder_backup_meta'],
    exclude=['cinder_backup_meta.tests.oracle'],
):
    from cinder_backup_meta import exception
    from cinder_backup_meta.record import codec
    from cinder_backup_meta.record import limits
    from cinder_backup_meta.tests import oracle
    from tools.fuzz import mutations

# Seconds of the processor's time that no input may take.
LONGEST = 0.05

# One input in so many is also repeated up to the largest size of a record.
REPEATED = 200

_LARGEST_DOCUMENT = limits.MAX_RECORD_LENGTH // 4 * 3


class TooSlow(Exception):
    """Reading took longer than any record may."""


class Slowest:
    """The longest that reading has taken, kept in a folder across runs."""

    def __init__(self, folder):
        self.figures = folder / 'slowest'
        self.example = folder / 'slowest-input'
        self.seconds = 0.0
        if self.figures.exists():
            self.seconds = json.loads(self.figures.read_text())['seconds']

    def decode(self, string):
        """Read as the codec does, and take the time.

        :raises TooSlow: if reading takes longer than LONGEST
        """
        seconds = _time(string)
        if seconds > self.seconds:
            # The machine may have been busy; slow code is slow each time.
            self._keep(min(_time(string) for _ in range(5)), string)
        if self.seconds > LONGEST:
            raise TooSlow(f'{self.seconds:.3f} s')
        return codec.decode(string)

    def _keep(self, seconds, string):
        if seconds > self.seconds:
            self.seconds = seconds
            self.example.write_text(string, errors='surrogateescape')
            self.figures.write_text(
                json.dumps({'seconds': seconds, 'length': len(string)})
            )


def _time(string):
    start = time.thread_time()
    try:
        codec.decode(string)
    except exception.RecordRefused:
        pass
    return time.thread_time() - start


def strings(data):
    """Yield the record strings that an input stands for."""
    yield data.decode('utf-8', 'surrogateescape')
    yield base64.b64encode(data).decode()
    if zlib.crc32(data) % REPEATED == 0 and data:
        times = _LARGEST_DOCUMENT // len(data)
        yield base64.b64encode(data * times).decode()
        yield base64.b64encode(_within_driver_info(data, times - 1)).decode()


def _within_driver_info(data, times):
    room = b'{"driver_info": {"a": [' + data
    return (room + (b',' + data) * times)[: _LARGEST_DOCUMENT - 3] + b']}}'


def main():
    slowest = Slowest(pathlib.Path(os.environ['FUZZ_FOLDER']))

    def test_one_input(data):
        for string in strings(data):
            oracle.check(string, slowest.decode)

    def mutate(data, largest, seed):
        return mutations.mutate(data, largest, seed, atheris.Mutate)

    atheris.Setup(sys.argv, test_one_input, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == '__main__':
    main()
