"""Signing in with OpenID Connect: authorization code, PKCE, and ID tokens that are believed only when all of it fits.

See docs/sign-in-with-oidc.md.
"""

from covet_sre.integrations.oidc.provider import OpenIdProvider
from covet_sre.integrations.oidc.settings import OidcSettings, settings_from

__all__ = ["OidcSettings", "OpenIdProvider", "settings_from"]
