# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an environment promises that is built to replace another in a second region: judged by what both regions have.

Every verdict is {"promise": ..., "name": what it is about, "holds": ..., "evidence": a sentence}.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


class Region:
    """One region, and how services are asked there. api: Finder.api, to which missing repositories and clusters are none."""

    def __init__(self, api, name):
        self.name, self._api = name, api

    def api(self, service):
        """Return the calls of a service."""
        missing = ("RepositoryNotFoundException", "ResourceNotFoundException", "ClusterNotFoundException")
        return self._api(service, missing, self.name)

    def images(self, repository):
        """Return the images of a repository, the newest first, or None without the repository."""
        if self.api("ecr").read("describe_repositories", repositoryNames=[repository]) is None:
            return None
        found = self.api("ecr").pages("describe_images", "imageDetails", repositoryName=repository)
        return sorted(found, key=lambda image: image["imagePushedAt"], reverse=True)


def images(here, home, platform, rpo_minutes):
    """Judge the copies of all images of a platform: the newest that is older than the RPO has to be here."""
    repositories = home.api("ecr").pages("describe_repositories", "repositories")
    names = sorted(each["repositoryName"] for each in repositories if each["repositoryName"].startswith(f"{platform}/"))
    return [_verdict("image", name, *_image(here, home, name, rpo_minutes)) for name in names]


def _image(here, home, repository, rpo_minutes):
    copies = here.images(repository)
    if copies is None:
        return False, f"there is no repository of this name in {here.name}"
    there, digests = home.images(repository), {each["imageDigest"] for each in copies}
    old = [image for image in there if _age(image["imagePushedAt"]) >= timedelta(minutes=rpo_minutes)]
    behind = next((at for at, image in enumerate(there) if image["imageDigest"] in digests), len(there))
    if not old:
        return True, f"nothing was pushed more than {rpo_minutes} minutes ago; {behind} of {len(there)} images are not copied yet"
    newest = old[0]
    if newest["imageDigest"] in digests:
        lost = f"; {behind} newer ones would be lost" if behind else ""
        return True, f"{_named(newest)} is in {here.name}{lost}"
    return False, f"{_named(newest)} is not in {here.name}, {_minutes(_age(newest['imagePushedAt']))} minutes after it was pushed"


def _named(image):
    return f"{'/'.join(sorted(image.get('imageTags', []))) or 'untagged'} ({image['imageDigest'][:19]})"


def secrets(here, home, platform, rpo_minutes):
    """Judge the copies of all secrets of a platform: in step, or changed less than the RPO ago."""
    asked = {"Filters": [{"Key": "name", "Values": [f"{platform}/"]}]}
    listed = home.api("secretsmanager").pages("list_secrets", "SecretList", **asked)
    names = sorted(each["Name"] for each in listed if each["Name"].startswith(f"{platform}/") and not each.get("DeletedDate"))
    return [_verdict("secret", name, *_secret(here, home, name, rpo_minutes)) for name in names]


def _secret(here, home, name, rpo_minutes):
    described = home.api("secretsmanager").read("describe_secret", SecretId=name) or {}
    copy = next((each for each in described.get("ReplicationStatus", []) if each["Region"] == here.name), None)
    if copy is None:
        return False, f"it has no copy in {here.name}"
    if copy["Status"] == "InSync":
        return True, f"its copy in {here.name} is in step"
    changed = described.get("LastChangedDate") or described["CreatedDate"]
    minutes = _minutes(_age(changed))
    reason = f" ({copy['StatusMessage']})" if copy.get("StatusMessage") else ""
    fresh = copy["Status"] == "InProgress" and minutes < rpo_minutes
    return fresh, f"its copy in {here.name} is {copy['Status']}{reason}, {minutes} minutes after the last change"


def services(here, cluster, names):
    """Judge the services: each runs as many tasks as it wants, and the load balancer finds all of them well."""
    ecs, rows = here.api("ecs"), {}
    for start in range(0, len(names), 10):  # as many as one call takes
        found = ecs.read("describe_services", cluster=cluster, services=names[start : start + 10]) or {"services": []}
        rows |= {each["serviceName"]: each for each in found["services"] if each["status"] == "ACTIVE"}
    return [_verdict("service", name, *_service(here, rows.get(name))) for name in names]


def _service(here, row):
    if row is None:
        return False, f"it is not there in {here.name}"
    wanted, running = row["desiredCount"], row["runningCount"]
    groups = [each["targetGroupArn"] for each in row.get("loadBalancers", []) if each.get("targetGroupArn")]
    targets = [state for group in groups for state in _targets(here, group)]
    well = sum(state == "healthy" for state in targets)
    finished = all(each.get("rolloutState", "COMPLETED") == "COMPLETED" for each in row["deployments"])
    behind = f", {well} of {len(targets)} targets are healthy" if groups else ""
    holds = 0 < wanted <= running and finished and (not groups or well == len(targets) >= wanted)
    return holds, f"{running} of {wanted} tasks run{behind}{'' if finished else ', a deployment is not finished'}"


def _targets(here, group):
    answer = here.api("elbv2").read("describe_target_health", TargetGroupArn=group) or {"TargetHealthDescriptions": []}
    states = [each["TargetHealth"]["State"] for each in answer["TargetHealthDescriptions"]]
    return [state for state in states if state != "draining"]


def duration(began, rto_minutes):
    """Judge how long it took since a moment, in seconds since 1970."""
    took = _age(datetime.fromtimestamp(began, timezone.utc))
    return [_verdict("time", "back", took <= timedelta(minutes=rto_minutes), f"{_minutes(took)} min, promised are {rto_minutes}")]


def _verdict(promise, name, holds, evidence):
    return {"promise": promise, "name": name, "holds": holds, "evidence": evidence}


def _age(moment):
    return datetime.now(timezone.utc) - moment


def _minutes(age):
    return round(age.total_seconds() / 60)
