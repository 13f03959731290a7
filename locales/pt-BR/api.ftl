# A página que descreve a API.
api-title = API para interfaces próprias
api-lead = Para a interface do próprio operador. Aplicativos de terceiros usam o ponto de autorização.
api-programs = Para programas
api-takes = Recebe
api-answers = Responde
api-shapes = Estruturas
