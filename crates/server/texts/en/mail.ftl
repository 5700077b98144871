# Mails. Nothing in them comes from whoever caused them.
mail-code = Your code is
mail-once = It works once, for { $minutes } minutes.

mail-signup-subject = Finish signing up for { $service }
mail-signup-type = Type it in the window in which you began to sign up.
mail-signup-browser = If you began in a browser, you can instead open this page in the same browser and press “Yes, that’s me”:
mail-signup-yes = Yes, that’s me
mail-signup-yes-where = The button works only in the browser in which you began; there it asks you once more.
mail-signup-unasked = If you did not ask for this mail, do nothing. No account is made without the code; nobody will ask you for it.

mail-login-subject = Your code for { $service }
mail-login-heading = Sign in to { $service }
mail-login-type = Type it in the window in which you are signing in.
mail-login-unasked = If you are not signing in just now, do nothing. Never tell the code to anybody; nobody from { $service } will ask for it.

mail-notice-not-you = If this was not you, somebody else can read your mail or uses a device of yours. Sign in to { $service }, set a new password and end all other sessions; ask whoever runs your mail for help.

notice-password-set = A password was set at { $service }
notice-password-set-told = From now on you can sign in with it, too. Everything else that was signed in as you was signed out.
notice-password-changed = Your password was changed at { $service }
notice-password-changed-told = The old one does not work any more. Everything else that was signed in as you was signed out.
notice-password-removed = Your password was removed at { $service }
notice-password-removed-told = From now on you sign in with a code by mail. Everything else that was signed in as you was signed out.
notice-authenticator-added = An authenticator was added at { $service }
notice-authenticator-added-told = Its code is asked for at every sign-in from now on. Everything else that was signed in as you was signed out.
notice-passkey-added = A passkey was added at { $service }
notice-passkey-added-told = From now on you can sign in with it, too.
notice-factor-removed = A way to prove that it is you was removed at { $service }
notice-factor-removed-told = It is not asked for, and not accepted, any more.
notice-recovery-codes-made = New recovery codes were made at { $service }
notice-recovery-codes-made-told = The ones that you had do not work any more.
notice-made-administrator = You administer your organisation at { $service }
notice-made-administrator-told = One of its administrators has made you one. You see its people and its log, and set what holds for everybody.
notice-no-administrator = You no longer administer your organisation at { $service }
notice-no-administrator-told = One of its administrators has taken that back. Your account and your files stay as they are.
notice-recovery-code-used = A recovery code was used at { $service }
notice-recovery-code-used-told = It signed in in place of your authenticator, and works no more.
notice-account-closed = Your account at { $service } is closed
notice-account-closed-told = Everything that was signed in as you was signed out, and your devices are no longer enrolled. Files that you protected go on opening for the people they name.
notice-account-closed-next = If this was not you, tell whoever runs { $service }, and your organisation, at once: somebody else can read your mail or has used a device of yours. You can sign up again with this address; what was yours before stays closed to you.
notice-files-handed-over = A colleague’s files were handed over to you at { $service }
notice-files-handed-over-told = Somebody of your organisation has closed the account and named you as successor: from now on you have the owner’s rights on those files. You can open them, see who opens them, and revoke them. Whose they were is in your log.
notice-files-handed-over-next = Nothing else that this person was given has come to you. If you did not expect this, ask your organisation; you need not do anything.

claim-proven = { $claimant } asks to administer your organisation at { $service }
claim-proven-told = { $claimant } has shown control of { $domain } and becomes administrator of your organisation at { $service } on { $due } (UTC). Your files, their keys and who may open them stay as they are; an administrator decides about accounts and sees the organisation’s log.
claim-proven-object = If this is as it should be, do nothing. If you do not know of it, ask whoever runs your computers; if it is not right, object before that time: run “clausa claim dispute”. One objection stops it.
claim-disputed = Your claim to { $domain } was disputed
claim-disputed-told = A member of your organisation has objected at { $service }, so you do not become its administrator. Nothing else has changed.
claim-disputed-next = Speak with your colleagues first. Then you can begin again, with a new record; everybody is told again, and the whole time runs again.
