# The frame around every page.
frame-skip = Skip to the content
frame-language = Language
frame-help = Help
frame-guide = User guide
frame-applications = Applications
frame-error = Error
frame-wrong = There is a problem
