# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A response headers policy: from options to parts in the API's names with plain lists, and back to what CloudFront wants."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import cloudfront

PARTS = ("CorsConfig", "SecurityHeadersConfig", "ServerTimingHeadersConfig", "CustomHeadersConfig", "RemoveHeadersConfig")
_LISTS = ("CustomHeadersConfig", "RemoveHeadersConfig")
_CORS = ("access_control_allow_origins", "access_control_allow_headers", "access_control_allow_methods")
_SECURITY = ("Content-Security-Policy", "Referrer-Policy", "Strict-Transport-Security")
_SECURITY += ("X-Content-Type-Options", "X-Frame-Options", "X-XSS-Protection")
_MOST = 10  # custom headers, and headers to remove


def known(shape, config):
    """Return a policy that AWS tells, with plain lists; what it does not have is empty."""
    found = {"Comment": "", **cloudfront.plain(shape, config)}
    for part in PARTS:
        found[part] = found.get(part) or ([] if part in _LISTS else {})
    return {**found, "RemoveHeadersConfig": [item["Header"] for item in found["RemoveHeadersConfig"]]}


def wanted(shape, params):
    """Return the parts that the options describe; an empty one is to go, None is left as it is."""

    def part(member, value):
        return cloudfront.to_api(shape.members[member], value, member)

    cors = params["cors_config"]
    return {
        "Name": params["name"],
        "Comment": params["comment"],
        "CorsConfig": part("CorsConfig", {} if cors is not None and not _given(cors) else cors),
        "SecurityHeadersConfig": part("SecurityHeadersConfig", params["security_headers_config"]),
        "ServerTimingHeadersConfig": part("ServerTimingHeadersConfig", params["server_timing_headers_config"]),
        "CustomHeadersConfig": part("CustomHeadersConfig", params["custom_headers_config"]),
        "RemoveHeadersConfig": params["remove_headers_config"],
    }


def _given(cors):
    """Tell whether anything is said about CORS beside what has a default."""
    return any(
        value is not None for key, value in cors.items() if key not in ("access_control_allow_credentials", "origin_override")
    )


def sendable(shape, config):
    """Return a policy as AWS wants it: lists with counts, and nothing that is empty."""
    config = {**config, "RemoveHeadersConfig": [{"Header": name} for name in config.get("RemoveHeadersConfig") or []]}
    return cloudfront.wrapped(shape, {key: value for key, value in config.items() if value or key == "Comment"})


def faults_of(params):
    """Yield sentences about options that contradict each other or AWS's rules."""
    if params["name"].startswith("Managed-"):
        yield f"name: {params['name']} is one of AWS's own policies, which nobody else changes."
    cors = params["cors_config"]
    if cors is not None and _given(cors):
        yield from _cors_faults(cors)
    protection = (params["security_headers_config"] or {}).get("xss_protection") or {}
    if protection.get("mode_block") and protection.get("report_uri"):
        yield "security_headers_config: xss_protection takes mode_block or report_uri, not both."
    yield from _timing_faults(params["server_timing_headers_config"])
    yield from _header_faults(params["custom_headers_config"] or [], params["remove_headers_config"] or [])


def _cors_faults(cors):
    lacking = [name for name in _CORS if not cors[name]]
    if lacking:
        yield f"cors_config: it needs {', '.join(lacking)}."
    if cors["access_control_allow_credentials"]:
        for name in ("access_control_allow_headers", "access_control_expose_headers"):
            if "*" in (cors[name] or []):
                yield f"cors_config: with access_control_allow_credentials, {name} has to name the headers instead of *."


def _timing_faults(timing):
    rate = (timing or {}).get("sampling_rate")
    if timing and timing["enabled"] and rate is None:
        yield "server_timing_headers_config: it needs sampling_rate, in percent of the answers."
    if rate is not None and not 0 <= rate <= 100:
        yield f"server_timing_headers_config: sampling_rate is a percentage, {rate} is none."


def _header_faults(custom, removed):
    own = {name.lower(): name for name in _SECURITY}
    names = [item["header"].lower() for item in custom]
    for name in names:
        if name in own:
            yield f"custom_headers_config: {own[name]} has its place in security_headers_config."
        if name.startswith("access-control-"):
            yield f"custom_headers_config: {name} has its place in cors_config."
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"custom_headers_config: {name} is given twice."
    for name in sorted(set(names) & {name.lower() for name in removed}):
        yield f"remove_headers_config: {name} is set by custom_headers_config as well."
    for option, given in (("custom_headers_config", custom), ("remove_headers_config", removed)):
        if len(given) > _MOST:
            yield f"{option}: AWS takes {_MOST} at most, not {len(given)}."
