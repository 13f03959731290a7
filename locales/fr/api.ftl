# La page qui décrit l’API.
api-title = API pour les interfaces
api-lead = Pour l’interface de l’exploitant lui-même. Les applications de tiers utilisent le point d’autorisation.
api-programs = Pour les programmes
api-takes = Reçoit
api-answers = Répond
api-shapes = Structures
