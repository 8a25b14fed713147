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

"""Errors of the embedded control plane and of the demonstration."""


class EmbeddedError(Exception):
    """The control plane cannot be started.

    The message is one line for the operator: what is wrong, and what to do.
    """


class DemoError(Exception):
    """A step of the demonstration failed.

    :ivar detail: the output of the program that failed, perhaps many lines
    """

    def __init__(self, message: str, detail: str = '') -> None:
        super().__init__(message)
        self.detail = detail
