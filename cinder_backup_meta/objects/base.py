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

"""What the plugin's versioned objects have in common."""

import typing

from cinder.objects import base

from cinder_backup_meta import exception

# Cinder's registry is one for the process and its serializer accepts only
# objects of Cinder's own namespace, so ours live in it; their names all begin
# with ``BackupRecord`` to stay clear of Cinder's.
register = base.CinderObjectRegistry.register


class BackupMetaObject(base.CinderObject):
    """Base of the plugin's versioned objects."""


class BackupMetaAnswer(BackupMetaObject):
    """Base of what the worker answers with.

    Exceptions of our own do not survive the way over RPC, so a refusal
    travels as an answer with its reason code. A subclass has the fields
    ``result``, ``reason`` and ``detail``.
    """

    #: The request was carried out
    DONE = 'done'
    #: The request was refused and nothing was changed
    REFUSED = 'refused'

    #: What a field is that is not given
    EMPTY: typing.ClassVar[dict[str, typing.Any]] = {}

    @classmethod
    def done(cls, context: typing.Any, **values: typing.Any) -> typing.Any:
        """Return the answer to a request that was carried out."""
        return cls._make(context, result=cls.DONE, **values)

    @classmethod
    def refused(
        cls,
        context: typing.Any,
        error: exception.Refused,
        **values: typing.Any,
    ) -> typing.Any:
        """Return the answer to a request that was refused."""
        return cls._make(
            context,
            result=cls.REFUSED,
            reason=str(error.code),
            detail=str(error.kwargs['detail']),
            **values,
        )

    @classmethod
    def _make(cls, context: typing.Any, **values: typing.Any) -> typing.Any:
        return cls(context, **(cls.EMPTY | values))
