# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One algorithm for every AWS resource: find, want, difference, create, update, replace or delete, tags, wait, before and after.

A module subclasses Resource, says what is particular about its resource and nothing else. Inside, names are those of the API;
outside, in options and results, they are snake_case (see shapes.py). docs/architecture.md has a module explained line by line.
"""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import compare, shapes, tags
from ansible_collections.slipway.aws.plugins.module_utils.aws import compare_aws_tags, compare_policies
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller

UNKNOWN = "(known after apply)"


class Resource(Caller):
    """One AWS resource, as it is and as it shall be.

    A subclass sets the attributes below and implements find, want, create, update and delete. ``have`` is what find returned: a
    dictionary whose keys are those of want (so that they can be compared), plus ``arn``, ``status``, ``Tags`` (a dictionary) and
    whatever else only AWS knows.
    """

    immutable = ()  # keys that AWS cannot change in place
    replaceable = ""  # "create first" or "delete first" when a change of an immutable key makes a new resource
    unordered = ()  # keys, at any depth, whose lists are sets
    whole = ()  # top-level keys that are described completely: members that AWS has beyond the wish are a difference
    policies = ()  # top-level keys that hold an IAM policy document
    documents = ()  # top-level keys that hold any other JSON document
    write_only = ()  # keys that AWS never gives back: sent, never compared, never shown
    outputs = ()  # keys that only AWS can fill; known after apply
    tags_member = ""  # where create takes tags, if not where the service's other operations do
    ec2_type = ""  # EC2 tags at creation by type of resource

    # What a subclass says about its resource

    def validate(self):
        """Return sentences about options that contradict each other or AWS's rules; nothing is called before they are gone."""
        return []

    def find(self):
        """Return the resource as it is, or None."""
        raise NotImplementedError

    def want(self, have):
        """Return the resource as it shall be; None as a value means "as it is"."""
        raise NotImplementedError

    def create(self, want):
        """Create it. Tags stand in want already, in the service's own form."""
        raise NotImplementedError

    def update(self, have, changes):
        """Change it; ``changes`` has the wanted entries that differ and no others."""
        raise NotImplementedError

    def delete(self, have):
        """Delete it."""
        raise NotImplementedError

    def ready(self, have):
        """Tell whether it can be used. Call fail() when it never will."""
        return True

    def leaving(self, have):
        """Tell whether it is being deleted already."""
        return False

    def own_tags(self):
        """Return the tags by which the module itself knows the resource: always set, never purged."""
        return {}

    def tag_target(self, have):
        """Return what the service's tag operations call this resource."""
        return have["arn"]

    # The algorithm

    def run(self):
        """Bring the resource to the wanted state and leave through exit_json or fail_json."""
        faults = self.validate()
        if faults:
            self.fail(" ".join(faults))
        self.module.exit_json(**self.outcome())

    def outcome(self):
        """Bring the resource to the wanted state and return the result; what was asked for has been validated."""
        # A parent that a check run only predicted has no id yet, so its children cannot exist either.
        before = None if self.check and UNKNOWN in repr(self.params) else self.find()
        act = self._absent if self.params["state"] == "absent" else self._present
        return self._done(before, *act(before))

    def _absent(self, before):
        """Return the state after, whether it changed and which keys the difference shows."""
        if before is None:
            return None, False, ()
        if not self.check:
            if not self.leaving(before):
                self.delete(before)
            if self.params.get("wait", True):
                self.settle_absent()
        return None, True, before

    def _present(self, before):
        if before is not None and self.leaving(before):
            before = None if self.check else self.settle_absent()
        want = self._wanted(before)
        if before is None:
            return self._made(want), True, want
        changes = self._changes(before, want)
        locked = sorted(changes.keys() & set(self.immutable))
        if locked:
            return self._replaced(before, want, changes, locked), True, want
        add, remove = self._tag_changes(before)
        changed = bool(changes or add or remove)
        if self.check:
            return self._predicted(before, changes, add, remove), changed, want
        if not self.ready(before) and (changes or self.params.get("wait")):
            before = self.settle_present()
        if not changed:
            return before, False, want
        if changes:
            self.update(before, self._sendable(changes))
        if add or remove:
            self.retag(before, add, remove)
        after = self.settle_present() if changes and self.params.get("wait") else self.find()
        self._doubt(want, after)
        return after, True, want

    def _wanted(self, have):
        try:
            want = {key: value for key, value in self.want(have).items() if value is not None}
        except shapes.UnknownMemberError as fault:
            return self.fail(f"{self.noun} {self.name}: {fault}.")
        return {**want, **{key: compare.parsed(want[key]) for key in (*self.policies, *self.documents) if key in want}}

    def _changes(self, have, want):
        """Return what has to be sent: the wanted entries that the present state does not cover."""
        comparable = {key: value for key, value in want.items() if key not in self.write_only}
        changes = compare.difference(have, comparable, frozenset(self.unordered), self._whole())
        same = [key for key in self.policies if key in changes and have.get(key) and not compare_policies(have[key], changes[key])]
        return {key: value for key, value in changes.items() if key not in same}

    def _sendable(self, want):
        texts = {key: compare.as_text(want[key]) for key in (*self.policies, *self.documents) if key in want}
        return {**want, **texts}

    def _made(self, want):
        if self.check:
            return {**dict.fromkeys(self.outputs, UNKNOWN), **want, **self._tagged(self._tag_texts())}
        self.create({**self._sendable(want), **self._tags_at_creation()})
        made = self.settle_present(visible_only=not self.params.get("wait", True))
        self._doubt(want, made)
        return made

    def _replaced(self, before, want, changes, locked):
        if not self.replaceable:
            details = ", ".join(f"{shapes.snake(key)} is {before.get(key)!r}, wanted {changes[key]!r}" for key in locked)
            self.fail(
                f"{self.noun} {self.name} cannot be changed in place: {details}. Keep the present value, or remove the {self.noun}"
                " with state=absent and create it anew."
            )
        if self.check or self.replaceable == "create first":
            made = self._made(want)
            if not self.check:
                self.delete(before)
            return made
        self.delete(before)
        self.settle_absent()
        return self._made(want)

    def _predicted(self, before, changes, add, remove):
        left = {key: value for key, value in (before.get("Tags") or {}).items() if key not in remove}
        replaced = {key: value for key, value in changes.items() if key in self._whole()}
        return {**compare.overlay(before, changes), **replaced, **self._tagged({**left, **add})}

    def _doubt(self, want, after):
        """Warn when AWS took a wish and reports something else: the next run would report the same change again."""
        rest = self._changes(after, want)
        if rest and self.params.get("wait", True):
            names = ", ".join(sorted(shapes.snake(key) for key in rest))
            self.module.warn(f"AWS accepted {self.noun} {self.name} but reports another value than the wanted one for {names}.")

    def _whole(self):
        return frozenset({*self.whole, *self.policies, *self.documents})

    # Tags

    def _tagged(self, texts):
        return {"Tags": texts} if "tags" in self.params else {}

    def _tag_texts(self):
        return {str(key): str(value) for key, value in {**(self.params.get("tags") or {}), **self.own_tags()}.items()}

    def _tag_changes(self, have):
        managed = self.params.get("tags") is not None
        return compare_aws_tags(have.get("Tags") or {}, self._tag_texts(), managed and self.params["purge_tags"])

    def _tags_at_creation(self):
        if not self._tag_texts():
            return {}
        api = tags.APIS[self.service]
        rendered = tags.to_form(self._tag_texts(), api.form)
        if self.ec2_type:
            return {"TagSpecifications": [{"ResourceType": self.ec2_type, "Tags": rendered}]}
        return {self.tags_member or api.tags: rendered}

    def retag(self, have, add, remove):
        """Add and remove tags of an existing resource."""
        for operation, parameters in tags.changes_of_tags(self.service, self.tag_target(have), add, remove):
            self.write(operation, **parameters)

    # Waiting

    def settle_present(self, visible_only=False):
        """Look until the resource is there and ready; return it."""
        have = None
        for _look in self.looks(30 if visible_only else self._patience()):
            have = self.find()
            if have is not None and (visible_only or self.ready(have)):
                return have
        return self._late(have, "ready")

    def settle_absent(self):
        """Look until the resource is gone."""
        have = None
        for _look in self.looks(self._patience()):
            have = self.find()
            if have is None:
                return None
        return self._late(have, "gone")

    def _patience(self):
        return self.params.get("wait_timeout", 60)

    def _late(self, have, goal):
        status = (have or {}).get("status")
        self.fail(
            f"{self.noun} {self.name} is not {goal} after {self._patience()} seconds{f' (status {status})' if status else ''}."
            " AWS goes on by itself: run the same command again to pick it up, or raise wait_timeout."
        )

    # Results

    def view(self, have):
        """Return the resource as results show it: snake_case, without what nobody may read."""
        shown = {key: ("********" if key in self.write_only else value) for key, value in (have or {}).items()}
        return shapes.from_api(shown, (*self.verbatim, "Tags", *self.policies, *self.documents))

    def _done(self, before, after, changed, compared):
        keys = sorted({*compared, "Tags"})
        sides = {"before": before, "after": after}
        diff = {side: self._compared(have, keys) if have else {} for side, have in sides.items()}
        headers = {f"{side}_header": f"{self.noun} {self.name}" for side in sides}
        return {"changed": changed, "diff": {**diff, **headers}, self.noun.replace(" ", "_"): self.view(after)}

    def _compared(self, have, keys):
        managed = {key: have[key] for key in keys if key in have}
        return self.view(compare.in_order(managed, self.unordered))
