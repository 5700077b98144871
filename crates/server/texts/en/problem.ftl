# Refusals: what happened (one message a problem type), and what can be done (the same key with -help).

problem-back = To the beginning
problem-number = If you ask the operator of this service, name this number: { $id }
problem-tries-left = { $tries ->
    [one] You can try once more.
   *[other] You can try { $tries } more times.
}
problem-wait-seconds = { $seconds ->
    [one] Wait a second and try again.
   *[other] Wait { $seconds } seconds and try again.
}
problem-wait-minutes = { $minutes ->
    [one] Wait a minute and try again.
   *[other] Wait { $minutes } minutes and try again.
}

problem-invalid-request = What was sent cannot be read
problem-invalid-request-help = Go back, open the page anew, and try again.
problem-address-invalid = This is not an address we can use
problem-address-invalid-help = Check how it is written.
problem-address-refused = This address cannot sign up here
problem-address-refused-help = Use another address of yours, or ask the operator of this service.
problem-joining-refused = This organisation does not accept new accounts
problem-joining-refused-help = Ask its administrator for an account. A document that was sent to you can also be sent to another address of yours, if its sender agrees.
problem-account-exists = There is already an account with this address
problem-account-exists-help = You need not sign up: sign in. In a terminal that is “clausa login”; programs that open files ask for it by themselves.
problem-password-refused = This password cannot be used
problem-password-refused-help = You can also leave both fields empty: then you sign in with a code by mail.
problem-code-wrong = The code is not right
problem-code-wrong-help = Only the code of the newest mail works.
problem-code-void = The code no longer works
problem-code-void-help = It was wrong too often, or is too old. Have a new one sent, and type that.
problem-step-out-of-order = Another step comes first
problem-step-out-of-order-help = Go on where you stopped.
problem-not-signed-in = Sign in first
problem-not-signed-in-help = Your sign-in has ended, or you have not signed in yet.
problem-sign-in-refused = Signing in did not work
problem-sign-in-refused-help = Check address and password, or have a code mailed to you.
problem-proof-invalid = The proof of possession is not valid
problem-proof-invalid-help = Start the program again. If that does not help, look whether your computer’s clock is right.
problem-device-unknown = This device is not enrolled
problem-device-unknown-help = Sign in on it once more.
problem-step-up-needed = Show again that it is you
problem-step-up-needed-help = This asks that you have shown it within the last five minutes.
problem-second-factor-needed = A second factor is needed
problem-second-factor-needed-help = Type the code that your authenticator shows, or a recovery code.
problem-not-permitted = You are not permitted to do this
problem-not-permitted-help = If you should be, ask the administrator of your organisation.
problem-not-named = The owner has not given you access to this file
problem-not-named-help = Ask the owner of the file. You may also have another address that it was sent to.
problem-right-missing = The owner has not given you this right
problem-right-missing-help = Ask the owner of the file.
problem-not-yet-valid = This file cannot be opened yet
problem-not-yet-valid-help = Wait for the time that its owner has set, or ask the owner.
problem-access-expired = Access to this file has expired
problem-access-expired-help = Ask the owner of the file for a longer time.
problem-access-revoked = The owner has revoked access to this file
problem-access-revoked-help = Ask the owner of the file.
problem-licence-invalid = This file’s licence is not valid
problem-licence-invalid-help = The file may be damaged: ask for it to be sent once more.
problem-content-conflict = Another file is registered under this identifier
problem-content-conflict-help = Protect the file anew.
problem-claim-refused = This claim cannot go on
problem-claim-refused-help = Look at the claims of your organisation, and begin a new one if there is reason to.
problem-claim-unproven = The record is not seen yet
problem-claim-unproven-help = Records take minutes, sometimes hours, to appear everywhere. Check again in a while.
problem-factor-needed = Your organisation asks for a second factor
problem-factor-needed-help = Add an authenticator or a passkey to your account, then go on.
problem-protecting-refused = Your organisation does not let you protect this
problem-protecting-refused-help = Ask its administrator who protects files, and with which templates.
problem-receiving-refused = The organisation does not give its files to this domain
problem-receiving-refused-help = Ask whoever sent the file; its organisation’s administrator decides.
problem-last-administrator = Somebody has to administer the organisation
problem-last-administrator-help = Make somebody else its administrator first.
problem-closing-refused = The account cannot be closed like this
problem-closing-refused-help = Nothing was changed.
problem-not-found = There is nothing here
problem-not-found-help = The address may be mistyped, or what was here is over.
problem-method-not-allowed = This page cannot be sent to
problem-method-not-allowed-help = Go to the beginning and start again from there.
problem-too-large = This is too large
problem-too-large-help = Send less at a time.
problem-media-type-unsupported = This kind of content is not taken here
problem-media-type-unsupported-help = Go to the beginning and start again from there.
problem-wrong-host = This service is reached under another name
problem-wrong-host-help = Use the address that you were given.
problem-rate-limited = Too many requests
problem-rate-limited-help = The limit protects mailboxes and accounts from strangers who try. It opens again by itself.
problem-internal = Something failed here
problem-internal-help = It is not your fault. Try again in a while.
problem-unavailable = The service is busy
problem-unavailable-help = Try again in a moment.

# Which rule an address breaks.
address-empty = Type an e-mail address.
address-no-at = An address has an @ between a name and a domain.
address-several-at = An address has only one @.
address-too-long = The address is longer than mail allows.
address-space = An address has no spaces or control characters.
address-quoted = Quotes, comments and brackets are not accepted in an address.
address-routing = The signs % and ! and encoded words are not accepted in an address.
address-local-not-ascii = Only plain letters, digits and signs are accepted before the @.
address-local-dots = A dot before the @ has to stand between two other characters.
address-local-empty = There is nothing before the @.
address-domain-incomplete = The part after the @ is not a full domain such as contoso.example.
address-domain-invalid = The part after the @ is not a valid domain.
address-domain-not-canonical = The domain is written with characters that stand for others; type it in its plain form.
address-ip = An IP address is not accepted in place of a domain.

# Which rule of the service refuses a good address.
refused-role = This looks like a mailbox that several people or a program read. An account is one person’s: sign up with an address of your own.
refused-public-suffix = Anybody can register names under this domain, so it cannot stand for an organisation.
refused-reserved = This domain is reserved and cannot receive mail.
refused-operator = The operator of this service does not accept this domain.
refused-disposable = Throw-away addresses are not accepted here: whoever gets the mailbox next could open your files. Use an address that stays yours.
refused-consumer = This service accepts addresses of organisations only. Use your work address.
refused-account-exists = { $organisation } runs its own accounts, and you have one.
refused-free-plan = { $organisation } takes nobody in by self-service on its present plan.
refused-free-plan-contact = { $organisation } takes nobody in by self-service on its present plan. Its administrator says: { $contact }
refused-session-over = Your organisation ends sign-ins after a while. Sign in again.
refused-joining = { $organisation } runs its own accounts, and takes nobody in by self-service.
refused-joining-contact = { $organisation } runs its own accounts, and takes nobody in by self-service. Its administrator says: { $contact }
refused-code-malformed = The code has eight digits.
refused-name = A name has at most 100 printable characters.
refused-form = This form was not sent from a page of this service. Open the page again, and allow its cookie.
refused-handover-void = This token no longer works: it was used, or is too old. Get a new one where the sign-up began.
refused-signup-unknown = There is no such sign-up, or it was begun by somebody else. Begin again.

# Which rule a password breaks.
password-too-short = Use at least 15 characters; four or five words do well.
password-too-long = Use at most 128 characters.
password-control = Use characters that can be typed again.
password-guessable = This password is among the first that would be guessed. Use four or five unrelated words.
password-breached = This password was found in a breach, so that anybody may try it. Use four or five unrelated words.
password-differ = The two passwords differ.
