# Le cadre de chaque page.
frame-skip = Aller au contenu
frame-language = Langue
frame-help = Aide
frame-guide = Guide d’utilisation
frame-applications = Applications
frame-error = Erreur
frame-wrong = Il y a un problème
