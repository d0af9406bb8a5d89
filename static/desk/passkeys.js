// After a passkey was added, the page is shown anew: it has the recovery codes.
document.addEventListener("otp_webauthn.register_complete", () => window.location.reload());
