# The front page.
home-title = Protected files
home-heading = Files that stay under your terms
home-lead = Protect a file, say who may open it and until when, and send it by any way you like.
home-received = Somebody has sent you a protected file? Sign up with the address it was meant for, and open it.
home-signup = Sign up, free
home-account = You have an account: password, sessions, devices
