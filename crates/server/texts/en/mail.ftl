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
