# Les refus : ce qui s’est passé (un message par sorte de problème) et ce qu’on peut faire (la même clé avec -help).

problem-back = Retour au début
problem-number = Si vous vous adressez à l’exploitant de ce service, donnez ce numéro : { $id }
problem-tries-left = { $tries ->
    [one] Il vous reste un essai.
   *[other] Il vous reste { $tries } essais.
}
problem-wait-seconds = { $seconds ->
    [one] Attendez une seconde et réessayez.
   *[other] Attendez { $seconds } secondes et réessayez.
}
problem-wait-minutes = { $minutes ->
    [one] Attendez une minute et réessayez.
   *[other] Attendez { $minutes } minutes et réessayez.
}

problem-invalid-request = Ce qui a été envoyé est illisible
problem-invalid-request-help = Revenez en arrière, rouvrez la page et réessayez.
problem-address-invalid = Cette adresse n’est pas utilisable
problem-address-invalid-help = Vérifiez comment elle est écrite.
problem-address-refused = Cette adresse ne peut pas être inscrite ici
problem-address-refused-help = Utilisez une autre de vos adresses, ou demandez à l’exploitant de ce service.
problem-joining-refused = Cette organisation n’accepte pas de nouveaux comptes
problem-joining-refused-help = Demandez un compte à son administrateur. Un document qui vous a été envoyé peut aussi être envoyé à une autre de vos adresses, si son expéditeur est d’accord.
problem-account-exists = Il existe déjà un compte avec cette adresse
problem-account-exists-help = Vous n’avez pas besoin de vous inscrire : connectez-vous. Dans un terminal, c’est « clausa login » ; les programmes qui ouvrent des fichiers vous le proposent d’eux-mêmes.
problem-password-refused = Ce mot de passe ne peut pas être utilisé
problem-password-refused-help = Vous pouvez aussi laisser les deux champs vides : vous vous connectez alors avec un code reçu par e-mail.
problem-code-wrong = Le code n’est pas le bon
problem-code-wrong-help = Seul le code du message le plus récent est valable.
problem-code-void = Le code n’est plus valable
problem-code-void-help = Il a été erroné trop souvent, ou il est trop ancien. Faites-en envoyer un nouveau et saisissez celui-là.
problem-step-out-of-order = Une autre étape vient d’abord
problem-step-out-of-order-help = Reprenez là où vous vous êtes arrêté.
problem-not-signed-in = Connectez-vous d’abord
problem-not-signed-in-help = Votre connexion a pris fin, ou vous ne vous êtes pas encore connecté.
problem-sign-in-refused = La connexion a échoué
problem-sign-in-refused-help = Vérifiez l’adresse et le mot de passe, ou faites-vous envoyer un code.
problem-proof-invalid = La preuve de possession n’est pas valable
problem-proof-invalid-help = Relancez le programme. Si cela ne suffit pas, vérifiez l’heure de votre ordinateur.
problem-device-unknown = Cet appareil n’est pas enregistré
problem-device-unknown-help = Connectez-vous-y encore une fois.
problem-step-up-needed = Montrez encore une fois que c’est vous
problem-step-up-needed-help = Il faut l’avoir montré dans les cinq dernières minutes.
problem-second-factor-needed = Un second facteur est nécessaire
problem-second-factor-needed-help = Saisissez le code de votre application d’authentification, ou un code de secours.
problem-not-permitted = Vous n’avez pas le droit de faire cela
problem-not-permitted-help = Si vous devriez l’avoir, demandez à l’administrateur de votre organisation.
problem-not-named = Le propriétaire ne vous a pas donné accès à ce fichier
problem-not-named-help = Demandez au propriétaire du fichier. Vous avez peut-être aussi une autre adresse à laquelle il a été envoyé.
problem-right-missing = Le propriétaire ne vous a pas donné ce droit
problem-right-missing-help = Demandez au propriétaire du fichier.
problem-not-yet-valid = Ce fichier ne peut pas encore être ouvert
problem-not-yet-valid-help = Attendez le moment fixé par son propriétaire, ou demandez-lui.
problem-access-expired = L’accès à ce fichier a expiré
problem-access-expired-help = Demandez plus de temps au propriétaire du fichier.
problem-access-revoked = Le propriétaire a révoqué l’accès à ce fichier
problem-access-revoked-help = Demandez au propriétaire du fichier.
problem-licence-invalid = La licence de ce fichier n’est pas valable
problem-licence-invalid-help = Le fichier est peut-être endommagé : faites-le renvoyer.
problem-content-conflict = Un autre fichier est enregistré sous cet identifiant
problem-content-conflict-help = Protégez le fichier à nouveau.
problem-claim-refused = Cette demande ne peut pas aller plus loin
problem-claim-refused-help = Regardez les demandes de votre organisation, et recommencez s’il y a lieu.
problem-claim-unproven = L’enregistrement n’est pas encore visible
problem-claim-unproven-help = Il faut des minutes, parfois des heures, pour qu’un enregistrement apparaisse partout. Vérifiez à nouveau dans un moment.
problem-factor-needed = Votre organisation demande un second facteur
problem-factor-needed-help = Ajoutez une application d’authentification ou une clé d’accès à votre compte, puis continuez.
problem-protecting-refused = Votre organisation ne vous laisse pas protéger ceci
problem-protecting-refused-help = Demandez à son administrateur qui protège des fichiers, et avec quels modèles.
problem-receiving-refused = L’organisation ne donne pas ses fichiers à ce domaine
problem-receiving-refused-help = Demandez à qui vous a envoyé le fichier ; l’administrateur de son organisation décide.
problem-last-administrator = Quelqu’un doit administrer l’organisation
problem-last-administrator-help = Désignez d’abord un autre administrateur.
problem-closing-refused = Le compte ne peut pas être fermé ainsi
problem-closing-refused-help = Rien n’a été changé.
problem-not-found = Il n’y a rien ici
problem-not-found-help = L’adresse est peut-être mal saisie, ou ce qui était ici est terminé.
problem-method-not-allowed = On ne peut rien envoyer à cette page
problem-method-not-allowed-help = Revenez au début et recommencez de là.
problem-too-large = C’est trop volumineux
problem-too-large-help = Envoyez moins à la fois.
problem-media-type-unsupported = Cette sorte de contenu n’est pas acceptée ici
problem-media-type-unsupported-help = Revenez au début et recommencez de là.
problem-wrong-host = Ce service porte un autre nom
problem-wrong-host-help = Utilisez l’adresse qui vous a été donnée.
problem-rate-limited = Trop de demandes
problem-rate-limited-help = Cette limite protège les boîtes aux lettres et les comptes des inconnus qui essaient. Elle se lève d’elle-même.
problem-internal = Quelque chose a échoué ici
problem-internal-help = Ce n’est pas votre faute. Réessayez dans un moment.
problem-unavailable = Le service est occupé
problem-unavailable-help = Réessayez dans un instant.

# La règle qu’une adresse enfreint.
address-empty = Saisissez une adresse e-mail.
address-no-at = Une adresse a un @ entre un nom et un domaine.
address-several-at = Une adresse n’a qu’un seul @.
address-too-long = L’adresse est plus longue que le courrier ne le permet.
address-space = Une adresse n’a ni espaces ni caractères de commande.
address-quoted = Les guillemets, commentaires et crochets ne sont pas acceptés dans une adresse.
address-routing = Les signes % et ! et les mots encodés ne sont pas acceptés dans une adresse.
address-local-not-ascii = Seuls des lettres simples, des chiffres et des signes sont acceptés devant le @.
address-local-dots = Un point devant le @ doit se trouver entre deux autres caractères.
address-local-empty = Il n’y a rien devant le @.
address-domain-incomplete = La partie après le @ n’est pas un domaine complet comme contoso.example.
address-domain-invalid = La partie après le @ n’est pas un domaine valable.
address-domain-not-canonical = Le domaine est écrit avec des caractères qui en remplacent d’autres ; saisissez-le sous sa forme simple.
address-ip = Une adresse IP n’est pas acceptée à la place d’un domaine.

# La règle du service qui refuse une bonne adresse.
refused-role = Cela ressemble à une boîte que plusieurs personnes ou un programme lisent. Un compte est celui d’une personne : inscrivez-vous avec une adresse à vous.
refused-public-suffix = N’importe qui peut enregistrer des noms sous ce domaine : il ne peut donc pas représenter une organisation.
refused-reserved = Ce domaine est réservé et ne peut pas recevoir de courrier.
refused-operator = L’exploitant de ce service n’accepte pas ce domaine.
refused-disposable = Les adresses jetables ne sont pas acceptées ici : la prochaine personne qui obtient la boîte pourrait ouvrir vos fichiers. Utilisez une adresse qui reste la vôtre.
refused-consumer = Ce service n’accepte que les adresses d’organisations. Utilisez votre adresse professionnelle.
refused-account-exists = { $organisation } gère elle-même ses comptes, et vous en avez un.
refused-free-plan = { $organisation } n’admet personne par inscription libre avec son abonnement actuel.
refused-free-plan-contact = { $organisation } n’admet personne par inscription libre avec son abonnement actuel. Son administrateur indique : { $contact }
refused-session-over = Votre organisation met fin aux connexions après un certain temps. Reconnectez-vous.
refused-joining = { $organisation } gère elle-même ses comptes et n’admet personne par inscription libre.
refused-joining-contact = { $organisation } gère elle-même ses comptes et n’admet personne par inscription libre. Son administrateur indique : { $contact }
refused-code-malformed = Le code a huit chiffres.
refused-name = Un nom a au plus 100 caractères imprimables.
refused-form = Ce formulaire n’a pas été envoyé depuis une page de ce service. Rouvrez la page et acceptez son cookie.
refused-handover-void = Ce jeton n’est plus valable : il a servi, ou il est trop ancien. Demandez-en un autre là où l’inscription a commencé.
refused-signup-unknown = Cette inscription n’existe pas, ou quelqu’un d’autre l’a commencée. Recommencez.

# La règle qu’un mot de passe enfreint.
password-too-short = Utilisez au moins 15 caractères ; quatre ou cinq mots conviennent bien.
password-too-long = Utilisez au plus 128 caractères.
password-control = Utilisez des caractères qu’on peut saisir à nouveau.
password-guessable = Ce mot de passe est parmi les premiers qu’on devinerait. Utilisez quatre ou cinq mots sans rapport.
password-breached = Ce mot de passe figure dans une fuite de données : n’importe qui peut l’essayer. Prenez quatre ou cinq mots sans rapport.
password-differ = Les deux mots de passe diffèrent.
