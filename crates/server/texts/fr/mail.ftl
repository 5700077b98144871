# Les messages. Rien n’y vient de la personne qui les a provoqués.
mail-code = Votre code est
mail-once = Il est valable une seule fois, pendant { $minutes } minutes.

mail-signup-subject = Terminez votre inscription à { $service }
mail-signup-type = Saisissez-le dans la fenêtre où vous avez commencé l’inscription.
mail-signup-browser = Si vous avez commencé dans un navigateur, vous pouvez aussi ouvrir cette page dans le même navigateur et appuyer sur « Oui, c’est moi » :
mail-signup-yes = Oui, c’est moi
mail-signup-yes-where = Le bouton ne fonctionne que dans le navigateur où vous avez commencé ; il vous y demande encore une confirmation.
mail-signup-unasked = Si vous n’avez pas demandé ce message, ne faites rien. Aucun compte n’est créé sans le code ; personne ne vous le demandera.

mail-login-subject = Votre code pour { $service }
mail-login-heading = Connexion à { $service }
mail-login-type = Saisissez-le dans la fenêtre où vous êtes en train de vous connecter.
mail-login-unasked = Si vous n’êtes pas en train de vous connecter, ne faites rien. Ne donnez jamais ce code à personne ; personne de { $service } ne vous le demandera.

mail-notice-not-you = Si ce n’était pas vous, quelqu’un d’autre peut lire votre courrier ou utilise un de vos appareils. Connectez-vous à { $service }, choisissez un nouveau mot de passe et fermez toutes les autres sessions ; demandez de l’aide à ceux qui gèrent votre messagerie.

notice-password-set = Un mot de passe a été choisi sur { $service }
notice-password-set-told = Désormais, vous pouvez aussi vous connecter avec lui. Tout ce qui était connecté à votre nom a été déconnecté.
notice-password-changed = Votre mot de passe a été changé sur { $service }
notice-password-changed-told = L’ancien ne fonctionne plus. Tout ce qui était connecté à votre nom a été déconnecté.
notice-password-removed = Votre mot de passe a été supprimé sur { $service }
notice-password-removed-told = Désormais, vous vous connectez avec un code reçu par courriel. Tout ce qui était connecté à votre nom a été déconnecté.
notice-authenticator-added = Une application d’authentification a été ajoutée sur { $service }
notice-authenticator-added-told = Son code est désormais demandé à chaque connexion. Tout ce qui était connecté à votre nom a été déconnecté.
notice-passkey-added = Une clé d’accès a été ajoutée sur { $service }
notice-passkey-added-told = Désormais, vous pouvez aussi vous connecter avec elle.
notice-factor-removed = Un moyen de prouver que c’est vous a été supprimé sur { $service }
notice-factor-removed-told = Il n’est plus demandé ni accepté.
notice-recovery-codes-made = De nouveaux codes de secours ont été créés sur { $service }
notice-recovery-codes-made-told = Ceux que vous aviez ne fonctionnent plus.
notice-made-administrator = Vous administrez votre organisation sur { $service }
notice-made-administrator-told = Un de ses administrateurs vous a désigné. Vous voyez ses membres et son journal, et vous fixez ce qui vaut pour tous.
notice-no-administrator = Vous n’administrez plus votre organisation sur { $service }
notice-no-administrator-told = Un de ses administrateurs l’a décidé. Votre compte et vos fichiers restent comme ils sont.
notice-recovery-code-used = Un code de secours a été utilisé sur { $service }
notice-recovery-code-used-told = Il a servi à la connexion à la place de votre application d’authentification, et ne fonctionne plus.
notice-account-closed = Votre compte sur { $service } est fermé
notice-account-closed-told = Tout ce qui était connecté à votre nom a été déconnecté, et vos appareils ne sont plus enregistrés. Les fichiers que vous avez protégés s’ouvrent toujours pour les personnes qu’ils nomment.
notice-account-closed-next = Si ce n’était pas vous, prévenez tout de suite ceux qui gèrent { $service }, ainsi que votre organisation : quelqu’un d’autre peut lire votre courrier ou a utilisé un de vos appareils. Vous pouvez vous réinscrire avec cette adresse ; ce qui était à vous auparavant vous reste fermé.
notice-files-handed-over = Les fichiers d’un collègue vous ont été confiés sur { $service }
notice-files-handed-over-told = Quelqu’un de votre organisation a fermé son compte et vous a désigné comme successeur : vous avez désormais les droits du propriétaire sur ces fichiers. Vous pouvez les ouvrir, voir qui les ouvre et les révoquer. Votre journal dit à qui ils étaient.
notice-files-handed-over-next = Rien d’autre de ce qui avait été donné à cette personne ne vous revient. Si vous ne vous y attendiez pas, demandez à votre organisation ; vous n’avez rien à faire.

claim-proven = { $claimant } demande à administrer votre organisation sur { $service }
claim-proven-told = { $claimant } a montré qu’il contrôle { $domain } et devient administrateur de votre organisation sur { $service } le { $due } (UTC). Vos fichiers, leurs clés et qui peut les ouvrir restent comme ils sont ; un administrateur décide des comptes et voit le journal de l’organisation.
claim-proven-object = Si tout est en ordre, ne faites rien. Si vous n’êtes pas au courant, demandez à ceux qui gèrent vos ordinateurs ; si ce n’est pas juste, opposez-vous avant cette date : lancez « clausa claim dispute ». Une seule opposition suffit.
claim-disputed = Votre demande pour { $domain } a été contestée
claim-disputed-told = Un membre de votre organisation s’y est opposé sur { $service } : vous n’en devenez pas l’administrateur. Rien d’autre n’a changé.
claim-disputed-next = Parlez d’abord à vos collègues. Vous pourrez ensuite recommencer, avec un nouvel enregistrement ; tout le monde est prévenu à nouveau, et le délai entier court à nouveau.
