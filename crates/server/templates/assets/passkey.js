// Passkeys: the one thing here that a page cannot do without script. A form with data-passkey gets a working button where
// the browser knows passkeys, fills its hidden fields with the answer, and is sent like any other form.
'use strict';
(() => {
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const { PublicKeyCredential } = window;
  if (!PublicKeyCredential) return;

  const make = async (form) => {
    const { challenge, party, service, handle, person } = form.dataset;
    const { response } = await navigator.credentials.create({
      publicKey: {
        challenge: toBytes(challenge),
        rp: { id: party, name: service },
        user: { id: toBytes(handle), name: person, displayName: person },
        // Ed25519 and ES256 are what the service verifies.
        pubKeyCredParams: [{ type: 'public-key', alg: -8 }, { type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        attestation: 'none',
        timeout: 240000,
      },
    });
    return {
      client_data: response.clientDataJSON,
      authenticator_data: response.getAuthenticatorData(),
      public_key: response.getPublicKey(),
    };
  };

  const show = async (form) => {
    const { challenge, party } = form.dataset;
    const credential = await navigator.credentials.get({
      publicKey: { challenge: toBytes(challenge), rpId: party, userVerification: 'required', timeout: 240000 },
    });
    const { response } = credential;
    return {
      credential: credential.rawId,
      user_handle: response.userHandle,
      client_data: response.clientDataJSON,
      authenticator_data: response.authenticatorData,
      signature: response.signature,
    };
  };

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const trouble = form.querySelector('[role=alert]');
      trouble.hidden = true;
      try {
        const answer = form.dataset.passkey === 'make' ? await make(form) : await show(form);
        for (const [name, value] of Object.entries(answer)) form.elements[name].value = value ? toText(value) : '';
        form.submit();
      } catch {
        // The person stopped it, has no passkey here, or took too long.
        trouble.hidden = false;
      }
    });
  }
})();
