# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the containers of the emulated ECS write to CloudWatch Logs."""

from __future__ import annotations

from moto.backends import get_backend

from ..clock import CLOCK


def greeting(container):
    """Return what a container says when it starts."""
    ports = ", ".join(str(port["containerPort"]) for port in container["portMappings"] if "containerPort" in port)
    return [f"{container['name']} started from {container['image']}", *([f"listening on port {ports}"] if ports else [])]


def write(task, container, lines):
    """Write lines to a container's log stream, if its log driver is awslogs."""
    log = container.get("logConfiguration", {})
    if log.get("logDriver") != "awslogs" or not lines:
        return
    options = log["options"]
    backend = get_backend("logs")[task.place.account][options["awslogs-region"]]
    name = options["awslogs-group"]
    if name not in backend.groups:
        if options.get("awslogs-create-group") != "true":
            return  # somebody has deleted it while the task runs: the lines are lost
        backend.create_log_group(name, {})
    stream = stream_name(task, container)
    if stream not in backend.groups[name].streams:
        backend.create_log_stream(name, stream)
    stamp = int(CLOCK.now().timestamp() * 1000)
    # Past moto's operation, which refuses times in the future: the account's time runs ahead of this machine's.
    backend.groups[name].streams[stream].put_log_events([{"timestamp": stamp, "message": line} for line in lines])


def stream_name(task, container):
    """Return the log stream of a container: prefix, container and task, or a name of Docker's without a prefix."""
    prefix = container["logConfiguration"]["options"].get("awslogs-stream-prefix")
    return f"{prefix}/{container['name']}/{task.id}" if prefix else task.id
