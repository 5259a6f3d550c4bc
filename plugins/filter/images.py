# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What becomes of images in a repository, as ECR wants to know it."""

from __future__ import annotations

_DAYS = 7  # that an image without a tag stays
_ALL = 100000  # more images than a repository may have (Amazon ECR, service quotas)


def image_lifecycle(prefixes, kept):
    """Return a lifecycle policy that keeps the last images and, whatever their age, those with tags that begin with a prefix.

    ECR cannot be told to keep something. But an image that fits the tags of a rule is never removed by a later one, so a rule that
    removes nothing protects what it fits. Each prefix has its own: a rule with several wants images that have tags of them all.
    """
    forever = [
        _rule(f"Images tagged {prefix}* stay", {"tagStatus": "tagged", "tagPatternList": [f"{prefix}*"]}, _ALL)
        for prefix in prefixes
    ]
    untagged = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": _DAYS}
    rules = [
        *forever,
        {"description": "Images without a tag go after a week", "selection": untagged, "action": {"type": "expire"}},
        _rule("The last images stay", {"tagStatus": "any"}, kept),
    ]
    return {"rules": [{"rulePriority": place, **rule} for place, rule in enumerate(rules, 1)]}


def _rule(description, which, most):
    selection = {**which, "countType": "imageCountMoreThan", "countNumber": most}
    return {"description": description, "selection": selection, "action": {"type": "expire"}}


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """Return the filters by name."""
        return {"image_lifecycle": image_lifecycle}
