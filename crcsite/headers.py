"""The headers of every answer that neither Django nor django-csp sets."""

# What these pages never ask a browser for, no frame or script may ask for either.
UNUSED = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media"),
    *("fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts"),
    *("magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock"),
    *("serial", "usb", "window-management", "xr-spatial-tracking"),
)
PASSKEYS = ("publickey-credentials-create", "publickey-credentials-get")  # the admin's own
POLICY = ", ".join([*(f"{each}=()" for each in UNUSED), *(f"{each}=(self)" for each in PASSKEYS)])


class Headers:
    """A policy for the browser's abilities, and no embedding of our answers by other sites."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
